"""Reader profiles, and accounts whose person asked to be forgotten. The schema's version is Alembic's from now on."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Make the profiles and the mark on the account; drop the version that the first release wrote."""
    op.create_table("reader_profile",
                    sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), primary_key=True),
                    sa.Column("specialty", sa.String(100), nullable=False),
                    sa.Column("board_certified", sa.Boolean, nullable=False),
                    sa.Column("years_experience", sa.Double, nullable=False),
                    sa.Column("institution_code", sa.String(50), nullable=False),
                    sa.Column("recorded_at", sa.String(32), nullable=False))
    op.add_column("account", sa.Column("forgotten_at", sa.String(32)))
    op.execute("DELETE FROM meta WHERE key = 'schema_version'")
