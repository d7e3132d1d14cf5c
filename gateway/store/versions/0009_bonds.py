"""The key that a session belongs to, the number of its streams, and until when an admin looks over its shoulder."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("bond", sa.Text, nullable=True))
    op.add_column("sessions", sa.Column("streams", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sessions", sa.Column("watched_until", sa.Float, nullable=False, server_default="0"))
