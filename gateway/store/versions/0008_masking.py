"""Whose a file is, when a job ended, offset maps of texts, and frames beside an item's own."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    op.add_column("originals", sa.Column("subject", sa.Text(), nullable=True))
    op.create_index("ix_originals_subject", "originals", ["subject"], unique=False)
    op.add_column("jobs", sa.Column("finished", sa.Float(), nullable=True))
    op.create_index("ix_jobs_finished", "jobs", ["finished"], unique=False)
    op.create_table(
        "offset_maps",
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["original"], ["originals.digest"], name="fk_offset_maps_original_originals"),
        sa.PrimaryKeyConstraint("original", name="pk_offset_maps"),
    )
    op.create_index("ix_offset_maps_subject", "offset_maps", ["subject"], unique=False)
    op.create_table(
        "derivatives",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("presentation", _JSON, nullable=False),
        sa.Column("grant", sa.Text(), nullable=True),
        sa.Column("made", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_derivatives_item_items"),
        sa.ForeignKeyConstraint(["grant"], ["grants.id"], name="fk_derivatives_grant_grants"),
        sa.PrimaryKeyConstraint("item", "object", name="pk_derivatives"),
    )
    op.create_index("ix_derivatives_grant", "derivatives", ["grant"], unique=False)
