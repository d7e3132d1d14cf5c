"""The tables of evidence: the audit log, what was shown to whom, and whose marks it carries. Part of `schema`."""

import sqlalchemy as sa

from gateway.store.schema import metadata, reference

__all__ = [
    "audit_head",
    "audit_index",
    "audit_leaves",
    "checkpoints",
    "exposure_reasons",
    "exposure_segments",
    "exposure_tail",
    "exposure_terms",
    "frame_numbers",
    "metadata",
    "openings",
    "payloads",
    "session_marks",
]

audit_leaves = sa.Table(
    "audit_leaves",
    metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),  # canonical JSON, RFC 8785
    sa.Column("hash", sa.LargeBinary, nullable=False),  # RFC 6962 leaf hash
)
audit_index = sa.Table(  # what is searched for in the log: made from the leaves, and checked against them
    "audit_index",
    metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("session", sa.Text),
    sa.Column("object", sa.Text),
    sa.Column("policy", sa.Text),
    sa.Index("ix_audit_index_action_time_us", "action", "time_us"),
)
audit_head = (
    sa.Table(  # one row: serialises appends, and holds the tree's right edge so that an append is O(log n)
        "audit_head",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column(
            "frontier", sa.LargeBinary, nullable=False
        ),  # 32-byte hashes of the perfect subtrees, largest first
    )
)
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),  # signed note, C2SP tlog-checkpoint
    sa.Column("time", sa.Float, nullable=False),
)
payloads = sa.Table(  # audit payloads live outside the tree; the leaf holds SHA-256(nonce ‖ ciphertext)
    "payloads",
    metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.Text),
    sa.Column("nonce", sa.LargeBinary, nullable=False),
    sa.Column("ciphertext", sa.LargeBinary, nullable=False),
)
# What was shown of late: pieces of segments (stream.viewlog), moved into one soon after.
exposure_tail = sa.Table(
    "exposure_tail",
    metadata,
    sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), nullable=False),
    sa.Column("writer", sa.Text, nullable=False),  # the run of a server
    sa.Column("number", sa.BigInteger, nullable=False),  # rises; microseconds of its time
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.PrimaryKeyConstraint("session", "writer", "number"),
)
# What one session was shown of one item for a while; the segment's digest is in the audit log.
exposure_segments = sa.Table(
    "exposure_segments",
    metadata,
    sa.Column("audit_index", sa.BigInteger, primary_key=True, autoincrement=False),
    reference("session", "sessions.id"),
    reference("item", "items.id"),
    sa.Column("first", sa.BigInteger, nullable=False),  # frame numbers
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("frames", sa.Integer, nullable=False),
    sa.Column("exact", sa.Integer, nullable=False),  # how many of them were lossless
    sa.Column("began", sa.Float, nullable=False),
    sa.Column("ended", sa.Float, nullable=False),
    sa.Column("writer", sa.Text, nullable=False),  # of its pieces, and
    sa.Column("number", sa.BigInteger, nullable=False),  # the last one's number
    sa.Column("data", sa.LargeBinary, nullable=False),  # deflated
)
exposure_terms = sa.Table(  # what segments refer to: an item's frames in order, a session's controls
    "exposure_terms",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the first 32 hex digits of the content's SHA-256
    sa.Column("content", sa.LargeBinary, nullable=False),
)
openings = sa.Table(  # which items a person opened when, for the exposure budgets
    "openings",
    metadata,
    sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("item", sa.Text, sa.ForeignKey("items.id"), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),  # the last
    sa.PrimaryKeyConstraint("user", "item"),
)
exposure_reasons = sa.Table(  # when a person gave a reason for more; the words are in the audit log's payload
    "exposure_reasons",
    metadata,
    sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.PrimaryKeyConstraint("user", "time"),
)
frame_numbers = sa.Table(  # which numbers the frames of a session's next stream get
    "frame_numbers",
    metadata,
    sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("next", sa.BigInteger, nullable=False),
)
session_marks = sa.Table(  # the number that a session's frames carry invisibly
    "session_marks",
    metadata,
    sa.Column("session", sa.Text, sa.ForeignKey("sessions.id"), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False, unique=True),
)
