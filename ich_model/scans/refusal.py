"""The error of a scan that is refused: a code for programs and a sentence for the user. Torch-free."""

from enum import StrEnum


class Refusal(StrEnum):
    """The reasons for which a file, a series or an archive is refused."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    OTHER_FORMAT = "other_format"
    COLOUR = "colour"
    TWO_D = "two_d"
    FOUR_D = "four_d"
    NO_ORIENTATION = "no_orientation"
    TWO_ORIENTATIONS = "two_orientations"
    SPACING = "spacing"
    TOO_FEW_SLICES = "too_few_slices"
    TOO_SHORT = "too_short"
    NOT_FINITE = "not_finite"
    CONSTANT = "constant"
    NOT_HU = "not_hu"
    NOT_AXIAL = "not_axial"
    NOT_A_HEAD = "not_a_head"
    ZIP_BOMB = "zip_bomb"
    UNSAFE_NAME = "unsafe_name"
    NESTED_ZIP = "nested_zip"
    ZIP_METHOD = "zip_method"
    DAMAGED_ZIP = "damaged_zip"
    LOCKED_ZIP = "locked_zip"
    NO_SCAN = "no_scan"
    NOT_CT = "not_ct"
    SEVERAL_SERIES = "several_series"
    NO_SUCH_SERIES = "no_such_series"
    MISSING_SLICES = "missing_slices"
    REPEATED_POSITIONS = "repeated_positions"
    OTHER_MATRIX = "other_matrix"
    BURNED_IN = "burned_in"
    ALREADY_IN = "already_in"


class UnreadableVolume(ValueError):
    """Raised for a file that is not a usable CT volume; its text is one sentence for the user who chose the file."""

    def __init__(self, code: Refusal, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def shown(name: str) -> str:
    """A file's name with question marks for unprintable characters, so that it can be printed and stored."""
    plain = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(character if character.isprintable() else "?" for character in plain)
