"""Frame numbers are reserved a stream at a time.

They no longer follow from the newest row of the ledger, which is written half a second later than the frame leaves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "frame_numbers",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name="fk_frame_numbers_session_sessions"),
        sa.PrimaryKeyConstraint("session", name="pk_frame_numbers"),
    )
    op.execute(
        "INSERT INTO frame_numbers (session, next) SELECT session, MAX(seq) + 1 FROM exposures GROUP BY session"
    )
