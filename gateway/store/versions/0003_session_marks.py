"""The number that a session's frames carry invisibly, drawn once per session."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "session_marks",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name="fk_session_marks_session_sessions"),
        sa.PrimaryKeyConstraint("session", name="pk_session_marks"),
        sa.UniqueConstraint("number", name="uq_session_marks_number"),
    )
