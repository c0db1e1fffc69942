"""The tables of a study database of the newest schema revision, for SQLite and PostgreSQL alike.

The migrations make them, and the triggers that let reads, corrections, thresholds and the audit trail only grow; a test
holds the two together.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy import Row as RowOf

metadata = MetaData()

Row = RowOf[*tuple[Any, ...]]
"""A row of any of the tables. `Any`: the tables below say their columns' types to the database only."""


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, kept as ISO 8601 text in UTC: the same in both databases, sortable, and hashable."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """ISO text of a time."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """The time of an ISO text; ValueError for a text that was not written here."""
        if value is None:
            return None
        time = datetime.fromisoformat(value)
        if self.process_bind_param(time, dialect) != value:
            raise ValueError(f"time {value!r}: expected one as it is stored here")
        return time


# `Column[Any]`: what a column holds in Python follows from its type in the database, or from the one it points to.
def _study_key() -> Column[Any]:
    return Column("study_key", ForeignKey("study.key"), nullable=False)


def _account_id() -> Column[Any]:
    return Column("account_id", ForeignKey("account.id"), nullable=False)


def _of_case() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["study_key", "case_key"], ["study_case.study_key", "study_case.key"])


def _step_columns() -> tuple[Column[Any], ...]:
    """The columns that name one reader's step."""
    return (
        _study_key(),
        _account_id(),
        Column("case_key", String(100), nullable=False),
        Column("condition", String(20), nullable=False),
        Column("repeat", Integer, nullable=False),
    )


STEP = ("study_key", "account_id", "case_key", "condition", "repeat")

meta = Table("meta", metadata, Column("key", String(50), primary_key=True), Column("value", Text, nullable=False))

study = Table(
    "study",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("unlocked_at", UtcTime),
    Column("opened_at", UtcTime),
    Column("deadline", UtcTime),
    Column("takes_in_unfinished", Boolean, nullable=False, server_default=false()),  # readers who are not done
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    _study_key(),
    Column("username", String(100), nullable=False),
    Column("username_folded", String(200), nullable=False, unique=True),
    Column("display_name", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("password_hash", String(200)),  # none: this account cannot sign in
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("forgotten_at", UtcTime),  # the person's data were deleted: the name is a pseudonym
    Column("identity", String(300)),  # at an OpenID provider: "issuer|subject"
    Index("account_identity", "identity", unique=True),
)

reader_profile = Table(
    "reader_profile",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("specialty", String(100), nullable=False),
    Column("board_certified", Boolean, nullable=False),
    Column("years_experience", Double, nullable=False),
    Column("institution_code", String(50), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    _account_id(),
    Column("expires_at", UtcTime, nullable=False),
)

browser_session = Table(
    "browser_session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    _account_id(),
    Column("last_seen_at", UtcTime, nullable=False),
)

study_case = Table(
    "study_case",
    metadata,
    Column("id", Integer, primary_key=True),
    _study_key(),
    Column("key", String(100), nullable=False),
    Column("folder", String(300), nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("shape", JSON, nullable=False),
    Column("spacing_mm", JSON, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    UniqueConstraint("study_key", "key"),
)

truth = Table(
    "truth",
    metadata,
    Column("study_key", ForeignKey("study.key"), primary_key=True),
    Column("case_key", String(100), primary_key=True),
    Column("poor", Integer, nullable=False),
    Column("gcs", Integer, nullable=False),
    Column("age", Double, nullable=False),
    _of_case(),
    Column("sex", String(10), nullable=False, server_default=""),
    Column("volume_ml", Double),
)

prediction = Table(
    "prediction",
    metadata,
    Column("id", Integer, primary_key=True),
    _study_key(),
    Column("case_key", String(100), nullable=False),
    Column("variant", String(100), nullable=False),
    Column("weights_id", String(100), nullable=False),
    Column("outputs", JSON, nullable=False),
    _of_case(),
    UniqueConstraint("study_key", "case_key", "variant", "weights_id"),
)

read_start = Table(
    "read_start",
    metadata,
    Column("id", Integer, primary_key=True),
    *_step_columns(),
    Column("opened_at", UtcTime, nullable=False),
    _of_case(),
    UniqueConstraint(*STEP),
)

draft = Table(
    "draft",
    metadata,
    Column("id", Integer, primary_key=True),
    *_step_columns(),
    Column("answers", JSON, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    _of_case(),
    UniqueConstraint(*STEP),
    Column("viewing", JSON),
    Column("revision", Integer, nullable=False, server_default="0"),  # one more with each save
    Column("form", String(64), nullable=False, server_default=""),  # that saved last, and which of its saves it was
    Column("save", Integer, nullable=False, server_default="0"),
)

read = Table(
    "read",
    metadata,
    Column("id", Integer, primary_key=True),
    *_step_columns(),
    Column("position", Integer, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("shown", JSON, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("locked_at", UtcTime, nullable=False),
    Column("wall_seconds", Double, nullable=False),
    _of_case(),
    UniqueConstraint(*STEP),
    Column("viewing", JSON(none_as_null=True)),  # none: a read of an older release
    Column("pressed_at", UtcTime),  # none as well, and where no browser made the read
    Column("press", String(64)),
)

correction = Table(
    "correction",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("read_id", ForeignKey("read.id"), nullable=False),
    Column("answers", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("corrected_at", UtcTime, nullable=False),
)

threshold = Table(
    "threshold",
    metadata,
    Column("id", Integer, primary_key=True),
    _study_key(),
    Column("rater", String(200), nullable=False),
    Column("value", Double, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
)

assignment = Table(
    "assignment",
    metadata,
    _study_key(),
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("case_key", String(100), primary_key=True),
    _of_case(),
)

reading_tab = Table(
    "reading_tab",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("tab", String(64), nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("study_key", String(100)),
    Column("account_id", Integer),
    Column("action", String(50), nullable=False),
    Column("details", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
