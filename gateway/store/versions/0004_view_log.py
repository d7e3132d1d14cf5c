"""Exposure as a view log: segments of a few bytes an event in place of a row a frame.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exposure_tail",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name="fk_exposure_tail_session_sessions"),
        sa.PrimaryKeyConstraint("session", "writer", "number", name="pk_exposure_tail"),
    )
    op.create_table(
        "exposure_segments",
        sa.Column("audit_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("exact", sa.Integer(), nullable=False),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("ended", sa.Float(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_exposure_segments_item_items"),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name="fk_exposure_segments_session_sessions"),
        sa.PrimaryKeyConstraint("audit_index", name="pk_exposure_segments"),
    )
    op.create_index("ix_exposure_segments_item", "exposure_segments", ["item"], unique=False)
    op.create_index("ix_exposure_segments_session", "exposure_segments", ["session"], unique=False)
    op.create_table(
        "exposure_terms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exposure_terms"),
    )
    # Rows of the first form lack what is needed to draw a frame again, so they can't become segments: they stay as they are.
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM exposures")):
        op.rename_table("exposures", "exposures_0003")
    else:
        op.drop_table("exposures")
