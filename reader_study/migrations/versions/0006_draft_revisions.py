"""Revisions of drafts in place of sittings, and with a locked read the press that locked it."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    """Add the columns; what was known of sittings only held while a page stood open."""
    op.add_column("draft", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    op.add_column("draft", sa.Column("form", sa.String(64), nullable=False, server_default=""))
    op.add_column("draft", sa.Column("save", sa.Integer, nullable=False, server_default="0"))
    op.add_column("read", sa.Column("pressed_at", sa.String(32)))
    op.add_column("read", sa.Column("press", sa.String(64)))
    op.drop_table("sitting")
