"""Which parts of a held item were sent to whom: nobody releases what they were not shown."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_looks_item_items"),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_looks_user_users"),
        sa.PrimaryKeyConstraint("item", "user", "digest", "frame", "part", name="pk_looks"),
    )
