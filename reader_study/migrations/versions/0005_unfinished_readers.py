"""Whether readers who are not done are compared with the others: a choice that is kept with the study."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    """Add the choice; in studies that are there such readers are left out, as they were."""
    op.add_column("study", sa.Column("takes_in_unfinished", sa.Boolean, nullable=False, server_default=sa.false()))
