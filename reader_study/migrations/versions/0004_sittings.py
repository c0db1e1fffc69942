"""The newest sitting of each reader, so that a server that was started again goes on with it."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "sitting",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), primary_key=True, nullable=False),
        sa.Column("opening", sa.String(64), nullable=False),
        sa.Column("name", sa.String(8), nullable=False),
    )
