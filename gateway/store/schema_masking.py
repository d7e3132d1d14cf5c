"""The tables of what masking leaves beside an item: maps and letters of texts, presentation states, and frames that are not its own, or not for all."""

import sqlalchemy as sa

from gateway.store.schema import JSON
from gateway.store.schema_rules import metadata

__all__ = ["derivatives", "metadata", "offset_maps", "page_texts", "readings", "state_pictures", "states"]

offset_maps = sa.Table(  # which passage of a masked text stands for which of the original
    "offset_maps",
    metadata,
    sa.Column("original", sa.Text, sa.ForeignKey("originals.digest"), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # under the subject's data key
)
page_texts = sa.Table(  # the letters of a masked text by the digests of its pages' pictures
    "page_texts",
    metadata,
    sa.Column("original", sa.Text, sa.ForeignKey("originals.digest"), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # under the subject's data key
)
readings = sa.Table(  # pages whose text went out as characters
    "readings",
    metadata,
    sa.Column("audit_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), nullable=False, index=True),
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), nullable=False, index=True),
    sa.Column("page", sa.Integer, nullable=False),  # from 0
    sa.Column("digest", sa.Text, nullable=False),  # SHA-256 hex of the page's picture
    sa.Column("time", sa.Float, nullable=False),
)
looks = sa.Table(  # which parts of a held item's masked pixels were sent to whom, for its release
    "looks",
    metadata,
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), nullable=False),
    sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("digest", sa.Text, nullable=False),  # the item's, of all its masked frames
    sa.Column("frame", sa.Integer, nullable=False),  # from 0
    sa.Column("part", sa.Integer, nullable=False),  # 0: the whole frame
    sa.PrimaryKeyConstraint("item", "user", "digest", "frame", "part"),
)
derivatives = sa.Table(  # frames that an item had before it was masked anew, and those with a region unmasked
    "derivatives",
    metadata,
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), nullable=False),
    sa.Column("digest", sa.Text, nullable=False),  # SHA-256 hex of its pixels
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column(
        "subject", sa.Text, nullable=False
    ),  # whose data key opens it; of an unmasked region: the grant's own
    sa.Column("presentation", JSON, nullable=False),
    sa.Column("grant", sa.Text, sa.ForeignKey("grants.id"), index=True),  # NULL: superseded
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("instance", sa.Text),  # as of the item's own frames
    sa.Column("number", sa.Integer),
    sa.PrimaryKeyConstraint("item", "object"),
)
states = sa.Table(  # presentation states, masked: numbers and pseudonyms; none is ever changed
    "states",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, sa.ForeignKey("projects.id"), nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("original", sa.Text, sa.ForeignKey("originals.digest"), nullable=False),
    sa.Column("content", JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
state_pictures = sa.Table(  # which instances a state speaks of
    "state_pictures",
    metadata,
    sa.Column("state", sa.Text, sa.ForeignKey("states.id"), nullable=False),
    sa.Column("instance", sa.Text, nullable=False, index=True),
    sa.PrimaryKeyConstraint("state", "instance"),
)
