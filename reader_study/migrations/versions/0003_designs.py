"""Designs with questions, sessions, repeats and corrections: the life of a study, and what is kept beside its reads.

Studies that are there were open from their creation on: their release knew no drafts.
"""

import importlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"

APPEND_ONLY = ("correction", "threshold")
REFUSALS = importlib.import_module("reader_study.migrations.versions.0001_first_release").REFUSALS


# `Column[Any]`: what a column holds in Python is of no interest to a migration.
def _key(name: str, other: str, *, primary_key: bool = False) -> sa.Column[Any]:
    kind = sa.String(100) if name == "study_key" else sa.Integer
    return sa.Column(name, kind, sa.ForeignKey(other), primary_key=primary_key, nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(32), nullable=False)


def upgrade() -> None:
    """Add the columns and tables, and the triggers on those that only grow."""
    for name in ("opened_at", "deadline"):
        op.add_column("study", sa.Column(name, sa.String(32)))
    op.execute("UPDATE study SET opened_at = created_at")
    op.add_column("account", sa.Column("identity", sa.String(300)))
    op.create_index("account_identity", "account", ["identity"], unique=True)
    op.add_column("truth", sa.Column("sex", sa.String(10), nullable=False, server_default=""))
    op.add_column("truth", sa.Column("volume_ml", sa.Double))
    for table in ("draft", "read"):
        op.add_column(table, sa.Column("viewing", sa.JSON))
    op.create_table("correction", sa.Column("id", sa.Integer, primary_key=True), _key("read_id", "read.id"),
                    sa.Column("answers", sa.JSON, nullable=False), sa.Column("reason", sa.Text, nullable=False),
                    _time("corrected_at"))
    op.create_table("threshold", sa.Column("id", sa.Integer, primary_key=True), _key("study_key", "study.key"),
                    sa.Column("rater", sa.String(200), nullable=False), sa.Column("value", sa.Double, nullable=False),
                    _time("recorded_at"))
    op.create_table("assignment", _key("study_key", "study.key"), _key("account_id", "account.id", primary_key=True),
                    sa.Column("case_key", sa.String(100), primary_key=True),
                    sa.ForeignKeyConstraint(["study_key", "case_key"], ["study_case.study_key", "study_case.key"]))
    op.create_table("reading_tab", _key("account_id", "account.id", primary_key=True),
                    sa.Column("tab", sa.String(64), nullable=False), _time("seen_at"))
    for table in APPEND_ONLY:
        for statement in REFUSALS[op.get_context().dialect.name]:
            op.execute(statement.format(table=table))
