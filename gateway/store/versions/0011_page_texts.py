"""The letters of masked texts, and which pages of them went out as characters."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "page_texts",
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["original"], ["originals.digest"], name="fk_page_texts_original_originals"),
        sa.PrimaryKeyConstraint("original", name="pk_page_texts"),
    )
    op.create_index("ix_page_texts_subject", "page_texts", ["subject"], unique=False)
    op.create_table(
        "readings",
        sa.Column("audit_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name="fk_readings_session_sessions"),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_readings_item_items"),
        sa.PrimaryKeyConstraint("audit_index", name="pk_readings"),
    )
    op.create_index("ix_readings_session", "readings", ["session"], unique=False)
    op.create_index("ix_readings_item", "readings", ["item"], unique=False)
