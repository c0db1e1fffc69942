"""Errors that the rules of a study raise, each with one sentence for the person who asked."""


class NotAllowed(ValueError):
    """The design forbids this to this person, or not yet."""


class AlreadyRead(ValueError):
    """This read is locked: it is never changed and never made twice."""


class StudyFrozen(ValueError):
    """The study holds a read, or its results are unlocked, so this part of it cannot change any more."""
