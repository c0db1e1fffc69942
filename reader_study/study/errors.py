"""What the rules of a study refuse; each is raised with one sentence for whoever asked."""


class NotAllowed(ValueError):
    """The design forbids this to this person, or not yet."""


class AlreadyRead(ValueError):
    """This read is locked: it is never changed and never made twice."""


class StudyFrozen(ValueError):
    """The study holds a read, or its results are unlocked, so this part of it cannot change any more."""
