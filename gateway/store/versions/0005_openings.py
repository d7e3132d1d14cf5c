"""Which items a person opened when, and when they gave a reason for more: what the exposure budgets count.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "openings",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_openings_item_items"),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_openings_user_users"),
        sa.PrimaryKeyConstraint("user", "item", name="pk_openings"),
    )
    op.create_table(
        "exposure_reasons",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_exposure_reasons_user_users"),
        sa.PrimaryKeyConstraint("user", "time", name="pk_exposure_reasons"),
    )
