"""Versions of the policies, credentials, machines, grants, and what a session's conditions are checked with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    for column in (
        sa.Column("mfa", sa.Text(), server_default="none", nullable=False),
        sa.Column("proven", sa.Float(), server_default="0", nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), server_default="any", nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("sessions", column)
    op.add_column("users", sa.Column("totp", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE sessions SET proven = started")
    _policies()
    _people()
    _grants()


def _policies() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("files", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("approvals", _JSON, nullable=False),
        sa.Column("proposed", sa.Float(), nullable=False),
        sa.Column("changed", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policy_versions"),
    )


def _people() -> None:
    op.create_table(
        "credentials",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("granted", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=True),
        sa.Column("revoked", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_credentials_user_users"),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_user", "credentials", ["user"], unique=False)
    op.create_table(
        "devices",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("added", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=True),
        sa.Column("revoked", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_devices"),
    )


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("scope", _JSON, nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked", sa.Float(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided", sa.Float(), nullable=True),
        sa.Column("ends", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_grants_user_users"),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_user", "grants", ["user"], unique=False)
