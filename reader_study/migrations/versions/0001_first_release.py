"""The schema of the first release: studies, accounts, cases, truth, predictions, reads and the audit trail.

The triggers refuse every change of a locked read and of an audit entry, also by a statement that goes past the code.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None

APPEND_ONLY = ("read", "audit")
REFUSALS = {
    "sqlite": (
        """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON "{table}"
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
        """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON "{table}"
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$""",
        """CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON "{table}"
        FOR EACH ROW EXECUTE FUNCTION {table}_append_only()""",
        """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON "{table}"
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()""",
    ),
}
STEP = ("study_key", "account_id", "case_key", "condition", "repeat")


# `Column[Any]`: what a column holds in Python is of no interest to a migration.
def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return _text(name, 32, nullable=nullable)  # ISO 8601 in UTC


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _real(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Double, nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _study_key(*, primary_key: bool = False) -> sa.Column[Any]:
    return sa.Column("study_key", sa.String(100), sa.ForeignKey("study.key"), primary_key=primary_key, nullable=False)


def _account_id() -> sa.Column[Any]:
    return sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False)


def _of_case() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["study_key", "case_key"], ["study_case.study_key", "study_case.key"])


def upgrade() -> None:
    """Make the tables, the triggers and the empty audit trail's head."""
    meta = op.create_table("meta", sa.Column("key", sa.String(50), primary_key=True),
                           sa.Column("value", sa.Text, nullable=False))
    op.create_table("study", sa.Column("key", sa.String(100), primary_key=True), _json("definition"),
                    _time("created_at"), _time("closed_at", nullable=True), _time("unlocked_at", nullable=True))
    _people()
    _cases()
    _reads()
    op.create_table("audit", sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False), _time("at"),
                    _text("study_key", 100, nullable=True), _number("account_id", nullable=True), _text("action", 50),
                    _json("details"), _text("previous_hash", 64), _text("hash", 64))
    for table in APPEND_ONLY:
        for statement in REFUSALS[op.get_context().dialect.name]:
            op.execute(statement.format(table=table))
    op.bulk_insert(meta, [{"key": "audit_head", "value": f"0:{'0' * 64}"}])


def _people() -> None:
    op.create_table("account", _id(), _study_key(), _text("username", 100),
                    sa.Column("username_folded", sa.String(200), nullable=False, unique=True),
                    _text("display_name", 100), _text("role", 20), sa.Column("simulated", sa.Boolean, nullable=False),
                    _text("password_hash", 200, nullable=True), _number("failures"),
                    _time("locked_until", nullable=True), _time("created_at"))
    token = ("token_sha256", sa.String(64))
    op.create_table("invitation", sa.Column(*token, primary_key=True), _account_id(), _time("expires_at"))
    op.create_table("browser_session", sa.Column(*token, primary_key=True), _account_id(), _time("last_seen_at"))


def _cases() -> None:
    op.create_table("study_case", _id(), _study_key(), _text("key", 100), _text("folder", 300),
                    sa.Column("synthetic", sa.Boolean, nullable=False), _json("shape"), _json("spacing_mm"),
                    _text("content_sha256", 64), sa.UniqueConstraint("study_key", "key"))
    op.create_table("truth", _study_key(primary_key=True), sa.Column("case_key", sa.String(100), primary_key=True),
                    _number("poor"), _number("gcs"), _real("age"), _of_case())
    op.create_table("prediction", _id(), _study_key(), _text("case_key", 100), _text("variant", 100),
                    _text("weights_id", 100), _json("outputs"), _of_case(),
                    sa.UniqueConstraint("study_key", "case_key", "variant", "weights_id"))


def _reads() -> None:
    def of_step(table: str, *columns: sa.Column[Any]) -> None:
        op.create_table(table, _id(), _study_key(), _account_id(), _text("case_key", 100), _text("condition", 20),
                        _number("repeat"), *columns, _of_case(), sa.UniqueConstraint(*STEP))

    of_step("read_start", _time("opened_at"))
    of_step("draft", _json("answers"), _real("seconds"), _time("saved_at"))
    of_step("read", _number("position"), _json("answers"), _json("shown"), _time("started_at"), _real("seconds"),
            _time("locked_at"), _real("wall_seconds"))
