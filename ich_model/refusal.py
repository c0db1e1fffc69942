"""Why a scan is not taken in: one code and one sentence each. Torch-free."""

from enum import StrEnum


class Refusal(StrEnum):
    """The reasons for which `volume.load` turns a file away."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    COLOUR = "colour"
    TWO_D = "two_d"
    FOUR_D = "four_d"
    NO_ORIENTATION = "no_orientation"
    SPACING = "spacing"
    TOO_FEW_SLICES = "too_few_slices"
    TOO_SHORT = "too_short"
    NOT_FINITE = "not_finite"
    CONSTANT = "constant"
    NOT_HU = "not_hu"


class UnreadableVolume(ValueError):
    """A file that is not a CT volume we can use; the text is one sentence for the person who chose the file."""

    def __init__(self, code: Refusal, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence
