"""What a paper says of its readers: specialty, certification, experience and institution. It is deleted on request."""

import re
from dataclasses import asdict, dataclass

from sqlalchemy import select

from reader_study.store import account_queries, audit
from reader_study.store.schema import account, reader_profile
from reader_study.store.store import Store
from reader_study.study.design import NotAllowed

SPECIALTY_LENGTH = 100  # characters
LONGEST_CAREER_YEARS = 70
INSTITUTION_CODE = re.compile(r"[A-Za-z0-9-]{1,50}")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A reader's own statements. The institution is a code, so that no table names a place of work."""

    specialty: str
    board_certified: bool
    years_experience: float  # of reading head CT
    institution_code: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.specialty.strip()) <= SPECIALTY_LENGTH or not self.specialty.isprintable():
            raise ValueError(f"specialty: expected 1 to {SPECIALTY_LENGTH} printable characters, "
                             f"got {self.specialty[:SPECIALTY_LENGTH]!r}")
        if type(self.board_certified) is not bool:
            raise ValueError(f"board_certified: expected True or False, got {self.board_certified!r}")
        if not 0 <= self.years_experience <= LONGEST_CAREER_YEARS:
            raise ValueError(f"years_experience: expected 0 to {LONGEST_CAREER_YEARS}, got {self.years_experience}")
        if not INSTITUTION_CODE.fullmatch(self.institution_code):
            raise ValueError(f"institution_code: expected up to 50 of the characters A-Z, a-z, 0-9 and -, "
                             f"got {self.institution_code[:60]!r}")


def record(store: Store, study_key: str, reader: str, profile: Profile, *, by: str | None = None) -> None:
    """Keep a reader's profile, replacing an earlier one. `by` is the reader or a coordinator; None the command line.

    The audit trail names the reader's account only: what is in it could not be deleted on request.

    Raises:
        NotAllowed: where the reader was forgotten.
    """
    now = store.now()
    with store.recording() as connection:
        row = account_queries.reader_row(connection, study_key, reader)
        own = by is not None and account_queries.folded(by) == row.username_folded
        actor = row.id if own else account_queries.acting_coordinator(connection, study_key, by)
        if row.forgotten_at is not None:
            raise NotAllowed(f"{row.username} asked to be forgotten: no profile is kept")
        connection.execute(reader_profile.delete().where(reader_profile.c.account_id == row.id))
        connection.execute(reader_profile.insert().values(account_id=row.id, recorded_at=now, **asdict(profile)))
        audit.append(connection, at=now, action="profile_recorded", study_key=study_key, account_id=actor,
                     reader=row.id)


def of_study(store: Store, study_key: str) -> dict[str, Profile]:
    """The profiles by username. For callers that passed `permissions.may_see_profile`."""
    rows = select(account.c.username, reader_profile).join(reader_profile).where(account.c.study_key == study_key)
    with store.reading() as connection:
        return {
            row.username: Profile(specialty=row.specialty, board_certified=row.board_certified,
                                  years_experience=row.years_experience, institution_code=row.institution_code)
            for row in connection.execute(rows.order_by(account.c.id))
        }
