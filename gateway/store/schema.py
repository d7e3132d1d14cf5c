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


def id_column() -> sa.Column[str]:
    return sa.Column("id", sa.Text, primary_key=True)


def reference(name: str, target: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, sa.ForeignKey(target), nullable=nullable, index=True)


# --- people and sessions
users = sa.Table(
    "users",
    metadata,
    id_column(),
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
    reference("user", "users.id"),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("used", sa.Float),
)
sessions = sa.Table(
    "sessions",
    metadata,
    id_column(),  # public id, shown in the watermark and the console: 12 characters
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    reference("user", "users.id"),
    reference("project", "projects.id", nullable=True),
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
    reference("session", "sessions.id"),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("used", sa.Float),
)

# --- what there is to label
projects = sa.Table(
    "projects",
    metadata,
    id_column(),
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
    id_column(),  # keyed pseudonym
    sa.Column(
        "wrapped_key", sa.LargeBinary
    ),  # AES-256 data key under the key-encryption key; NULL once erased
    sa.Column("created", sa.Float, nullable=False),
)
originals = sa.Table(
    "originals",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # keyed digest (HMAC-SHA-256 hex) of the file
    reference("project", "projects.id"),
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
    id_column(),
    reference("project", "projects.id"),
    reference("subject", "subjects.id"),
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
    reference("item", "items.id"),
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
    id_column(),
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
    id_column(),
    reference("project", "projects.id"),
    reference("item", "items.id"),
    sa.Column("stage", sa.Text, nullable=False),  # annotate | review | returned | accepted
    reference("annotator", "users.id", nullable=True),
    reference("reviewer", "users.id", nullable=True),
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
    id_column(),  # from the client, a UUID
    reference("task", "tasks.id"),
    reference("item", "items.id"),
    reference("author", "users.id"),
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
    id_column(),  # from the client, a UUID: a resend is harmless
    reference("task", "tasks.id"),
    reference("session", "sessions.id"),
    reference("user", "users.id"),
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
    id_column(),  # the op's id
    reference("task", "tasks.id"),
    reference("user", "users.id"),
    sa.Column("verdict", sa.Text),  # accept | return | NULL
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", JSON, nullable=False),
)
