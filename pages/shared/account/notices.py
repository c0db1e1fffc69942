"""Messages of the sign-in routes: short codes that travel in the address, and one sentence each."""

from enum import StrEnum

from reader_study.access.accounts import PASSWORD_LENGTH


class Notice(StrEnum):
    """The code after `?notice=`; text from a request is never shown back."""

    SIGNED_OUT = "signed-out"
    WRONG_SIGN_IN = "wrong-sign-in"
    NAME_NOT_USABLE = "name-not-usable"
    BAD_PASSWORD = "bad-password"
    INVITE_NOT_VALID = "invite-not-valid"
    NO_DEMO = "no-demo"
    SETUP_NOT_VALID = "setup-not-valid"
    STUDY_NOT_USABLE = "study-not-usable"
    STUDY_MADE = "study-made"
    IDENTITY_NOT_KNOWN = "identity-not-known"
    WELCOME = "welcome"


_SHORTEST, _LONGEST = PASSWORD_LENGTH
SENTENCES = {
    Notice.SIGNED_OUT: "You are signed out.",
    Notice.WRONG_SIGN_IN: "This user name and password do not open an account. Check both; after five wrong passwords "
                          "an account rests for five minutes.",
    Notice.NAME_NOT_USABLE: "This name is taken or cannot be used. Choose another one.",
    Notice.BAD_PASSWORD: f"Choose a password of {_SHORTEST} to {_LONGEST} characters.",
    Notice.INVITE_NOT_VALID: "This invitation was used, replaced or has run out. Ask your coordinator for a new link.",
    Notice.NO_DEMO: "There is no demo study in this workspace. Ask for an account of a study instead.",
    Notice.SETUP_NOT_VALID: "This link was used or has run out, or the name or study key is taken. Ask for a new link, "
                            "or choose others.",
    Notice.STUDY_NOT_USABLE: "A study needs a title, and a key of the characters a-z, 0-9 and - that no study has yet.",
    Notice.STUDY_MADE: "Your study is there, as a draft. Set it up under Coordinate.",
    Notice.IDENTITY_NOT_KNOWN: "This did not open an account: ten minutes went by, the invitation was used or has run "
                               "out, or you have another account. Try again from the link.",
    Notice.WELCOME: "Your account is ready.",
}
GOOD_NEWS = frozenset({Notice.SIGNED_OUT, Notice.WELCOME, Notice.STUDY_MADE})


def named(code: str | None) -> Notice | None:
    """The notice of a code; None for no code, and for one that is not in the table."""
    return Notice(code) if code in set(Notice) else None
