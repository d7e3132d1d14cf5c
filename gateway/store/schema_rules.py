"""The tables of rules and of what fulfils them: versions of the policies, credentials, machines, grants."""

import sqlalchemy as sa

from gateway.store.schema import JSON
from gateway.store.schema_evidence import metadata

__all__ = ["credentials", "devices", "grants", "metadata", "policy_versions"]

policy_versions = sa.Table(
    "policy_versions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # of the policy set
    sa.Column("files", JSON, nullable=False),  # name -> text; never changed
    sa.Column("state", sa.Text, nullable=False),  # proposed | in force | superseded | refused
    sa.Column("author", sa.Text, nullable=False),  # user id, or "system" for the policies folder
    sa.Column("needs", sa.Integer, nullable=False),  # approvals by people other than the author
    sa.Column("approvals", JSON, nullable=False),  # [{"user", "time", "verdict", "signature"}]
    sa.Column("proposed", sa.Float, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),
)
credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("granted", sa.Float, nullable=False),
    sa.Column("expires", sa.Float),  # NULL: never
    sa.Column("revoked", sa.Float),
)
devices = sa.Table(
    "devices",
    metadata,
    sa.Column("fingerprint", sa.Text, primary_key=True),  # SHA-256 hex of its client certificate
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),  # known | managed
    sa.Column("added", sa.Float, nullable=False),
    sa.Column("expires", sa.Float),
    sa.Column("revoked", sa.Float),
)
grants = sa.Table(  # break-glass and unmask requests: the register
    "grants",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # break-glass | unmask
    sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("project", sa.Text),
    sa.Column("item", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column(
        "scope", JSON, nullable=False
    ),  # field of a policy -> value; of an unmask request {"field": name}
    sa.Column("duration", sa.Float, nullable=False),  # seconds from the yes on
    sa.Column("state", sa.Text, nullable=False),  # asked | granted | refused | ended
    sa.Column("asked", sa.Float, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided", sa.Float),
    sa.Column("ends", sa.Float),
)
