"""Presentation states, and by what name they call a frame."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    for table in ("frames", "derivatives"):
        op.add_column(table, sa.Column("instance", sa.Text, nullable=True))
        op.add_column(table, sa.Column("number", sa.Integer, nullable=True))
    op.create_table(
        "states",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_states_project_projects"),
        sa.ForeignKeyConstraint(["original"], ["originals.digest"], name="fk_states_original_originals"),
        sa.PrimaryKeyConstraint("id", name="pk_states"),
    )
    op.create_index("ix_states_project", "states", ["project"], unique=False)
    op.create_index("ix_states_subject", "states", ["subject"], unique=False)
    op.create_table(
        "state_pictures",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["state"], ["states.id"], name="fk_state_pictures_state_states"),
        sa.PrimaryKeyConstraint("state", "instance", name="pk_state_pictures"),
    )
    op.create_index("ix_state_pictures_instance", "state_pictures", ["instance"], unique=False)
