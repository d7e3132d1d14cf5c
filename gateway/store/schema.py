"""All tables. One schema for SQLite and PostgreSQL; times are UTC seconds since 1970 as floats, ids are text.

No column holds an original identifier: people in scans appear as keyed pseudonyms, files by digest. The names of *workers*
(annotators, reviewers, admins) are in `users` only; everywhere else they appear by `users.id`.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

JSON = sa.JSON(none_as_null=True)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.Text, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, sa.ForeignKey(target), nullable=nullable, index=True)


# --- people and sessions
users = sa.Table(
    "users",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("roles", JSON, nullable=False),  # ["annotator", "reviewer", "admin"]
    sa.Column("groups", JSON, nullable=False),
    sa.Column("password_hash", sa.Text),  # argon2id; absent until the person sets one
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", sa.Float),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("totp", sa.LargeBinary),  # the wrapped secret of an authenticator app
    sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0"),
)
links = sa.Table(  # one-time sign-in links
    "links",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),  # SHA-256 hex; the token itself is never stored
    _ref("user", "users.id"),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("used", sa.Float),
)
sessions = sa.Table(
    "sessions",
    metadata,
    _id(),  # public id, shown in the watermark and the console: 12 characters
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    _ref("user", "users.id"),
    _ref("project", "projects.id", nullable=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # active | locked | ended
    sa.Column("reason", sa.Text),  # why it ended or locked
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("last_input", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("policy_digest", sa.Text, nullable=False),
    sa.Column("policies", JSON, nullable=False),  # names of the policies that compose it
    sa.Column("controls", JSON, nullable=False),  # policies.Controls as a dict
    sa.Column("item", sa.Text),  # what it looks at now
    sa.Column("streaming", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("mfa", sa.Text, nullable=False, server_default="none"),  # how the person proved who they are
    sa.Column("proven", sa.Float, nullable=False, server_default="0"),  # and when last
    sa.Column("country", sa.Text),
    sa.Column("device", sa.Text, nullable=False, server_default="any"),
    sa.Column("purpose", sa.Text, nullable=False, server_default=""),
    sa.Column("notice", JSON),  # {"n", "text"}: the last line that an admin wrote to the person
    sa.Column("bond", sa.Text),  # the public key of the page that it began in; see stream.bond
    sa.Column(
        "streams", sa.Integer, nullable=False, server_default="0"
    ),  # opened so far: the newest is the one
    sa.Column(
        "watched_until", sa.Float, nullable=False, server_default="0"
    ),  # by an admin, over the shoulder
)
tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    _ref("session", "sessions.id"),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("used", sa.Float),
)

# --- what there is to label
projects = sa.Table(
    "projects",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column(
        "labels", JSON, nullable=False
    ),  # [{"key", "name", "colour", "geometry": ["box", "polygon", "point"]}]
    sa.Column("schema_version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("created", sa.Float, nullable=False),
)
subjects = sa.Table(
    "subjects",
    metadata,
    _id(),  # keyed pseudonym
    sa.Column(
        "wrapped_key", sa.LargeBinary
    ),  # AES-256 data key under the key-encryption key; NULL once erased
    sa.Column("created", sa.Float, nullable=False),
)
originals = sa.Table(
    "originals",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # keyed digest (HMAC-SHA-256 hex) of the file
    _ref("project", "projects.id"),
    sa.Column("object", sa.Text, nullable=False),  # sealed object's key
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # received | masked | rejected
    sa.Column("cause", sa.Text),
    sa.Column("received", sa.Float, nullable=False),
    sa.Column("subject", sa.Text, index=True),  # keyed pseudonym, once it was masked
)
items = sa.Table(
    "items",
    metadata,
    _id(),
    _ref("project", "projects.id"),
    _ref("subject", "subjects.id"),
    sa.Column("kind", sa.Text, nullable=False),  # image | text
    sa.Column(
        "title", sa.Text, nullable=False
    ),  # e.g. "CT · 4 slices · 512x512"; never from free text of the file
    sa.Column("state", sa.Text, nullable=False),  # released | held | rejected
    sa.Column("reasons", JSON, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("columns", sa.Integer, nullable=False),
    sa.Column(
        "series", sa.Text, index=True
    ),  # keyed series pseudonym: slices of a later intake join the same item
    sa.Column("masked_digest", sa.Text, nullable=False),
    sa.Column("report", JSON, nullable=False),  # mask report
    sa.Column("created", sa.Float, nullable=False),
    sa.Column(
        "approvals", JSON, nullable=False, server_default="[]"
    ),  # user ids that released it from the check queue
)
frames = sa.Table(
    "frames",
    metadata,
    _ref("item", "items.id"),
    sa.Column("position", sa.Integer, nullable=False),  # display order from 0
    sa.Column("original", sa.Text, sa.ForeignKey("originals.digest"), nullable=False),
    sa.Column("object", sa.Text, nullable=False),  # key of the encrypted masked frame
    sa.Column("digest", sa.Text, nullable=False),  # SHA-256 hex of the masked pixels
    sa.Column("presentation", JSON, nullable=False),
    sa.Column("place", JSON),  # sort keys from geometry
    sa.Column("instance", sa.Text),  # keyed pseudonym of its SOP instance,
    sa.Column("number", sa.Integer),  # and which of its frames it is, from 1: as presentation states name it
    sa.PrimaryKeyConstraint("item", "position"),
)
jobs = sa.Table(
    "jobs",
    metadata,
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # waiting | running | done | failed
    sa.Column("lease_until", sa.Float),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("cause", sa.Text),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("finished", sa.Float, index=True),  # when it was done or failed
)

# --- work
tasks = sa.Table(
    "tasks",
    metadata,
    _id(),
    _ref("project", "projects.id"),
    _ref("item", "items.id"),
    sa.Column("stage", sa.Text, nullable=False),  # annotate | review | returned | accepted
    _ref("annotator", "users.id", nullable=True),
    _ref("reviewer", "users.id", nullable=True),
    sa.Column("lease_session", sa.Text),
    sa.Column("lease_until", sa.Float),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),
)
annotations = sa.Table(
    "annotations",
    metadata,
    _id(),  # from the client, a UUID
    _ref("task", "tasks.id"),
    _ref("item", "items.id"),
    _ref("author", "users.id"),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("frame", sa.Integer, nullable=False),
    sa.Column("geometry", JSON, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),  # the task's revision at its last change
    sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created", sa.Float, nullable=False),
)
ops = sa.Table(  # the only truth; `annotations` is its current fold
    "ops",
    metadata,
    _id(),  # from the client, a UUID: a resend is harmless
    _ref("task", "tasks.id"),
    _ref("session", "sessions.id"),
    _ref("user", "users.id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("annotation", sa.Text),
    sa.Column("request_digest", sa.Text, nullable=False),  # the same id with another content is refused
    sa.Column("patch", JSON),  # what was asked for; of undo and redo {"target": op id}
    sa.Column(
        "before", JSON
    ),  # the annotation's state {"label", "frame", "geometry"} before; NULL: there was none
    sa.Column("after", JSON),  # and after; NULL: it is gone
    sa.Column("undone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column(
        "stage", sa.Text, nullable=False
    ),  # the task's after it, so that a resend gets the same receipt
    sa.Column("time", sa.Float, nullable=False),
    sa.Column(
        "context", JSON
    ),  # which frame was on screen: seq, view, masked digest, lossless, watermark epoch
    sa.Column("audit_index", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("task", "revision"),
)
comments = sa.Table(
    "comments",
    metadata,
    _id(),  # the op's id
    _ref("task", "tasks.id"),
    _ref("user", "users.id"),
    sa.Column("verdict", sa.Text),  # accept | return | NULL
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
)

# --- evidence
audit_leaves = sa.Table(
    "audit_leaves",
    metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),  # canonical JSON, RFC 8785
    sa.Column("hash", sa.LargeBinary, nullable=False),  # RFC 6962 leaf hash
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
    _ref("session", "sessions.id"),
    _ref("item", "items.id"),
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
settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", JSON, nullable=False),
)
