"""What is searched for in the audit log, beside it: the leaves are in no order but their own."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_FIELDS = ("time_us", "action", "actor", "session", "object", "policy")
_BATCH = 1000


def upgrade() -> None:
    index = op.create_table(
        "audit_index",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("index", name="pk_audit_index"),
    )
    leaves = sa.table("audit_leaves", sa.column("index"), sa.column("leaf"))
    connection = op.get_bind()
    last = -1
    while rows := connection.execute(
        sa.select(leaves).where(leaves.c.index > last).order_by(leaves.c.index).limit(_BATCH)
    ).all():
        said = [(number, json.loads(leaf)) for number, leaf in rows]
        connection.execute(
            sa.insert(index),
            [{"index": number, **{name: leaf[name] for name in _FIELDS}} for number, leaf in said],
        )
        last = rows[-1][0]
    op.create_index("ix_audit_index_time_us", "audit_index", ["time_us"], unique=False)
    op.create_index("ix_audit_index_action_time_us", "audit_index", ["action", "time_us"], unique=False)
