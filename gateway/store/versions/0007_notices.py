"""The last line that an admin wrote to the person of a session."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("notice", sa.JSON(none_as_null=True), nullable=True))
