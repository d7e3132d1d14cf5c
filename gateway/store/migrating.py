"""Brings a row store to this version's schema, in one transaction, whichever process comes first."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util.exc import CommandError

from gateway.errors import Unconfigured
from gateway.store.engines import Engines, translated

_VERSIONS = Path(__file__).parent / "versions"
HEAD = max(path.name[:4] for path in _VERSIONS.glob("[0-9]*.py"))  # file names begin with their revision
_LOCK = 0x1516_1A55  # PostgreSQL advisory lock: any number that nobody else takes


def migrate(engines: Engines) -> None:
    """Migrate to `HEAD`. Errors: Unconfigured if a newer version wrote it; StoreError."""
    with translated():
        with engines.reader.connect() as connection:
            if MigrationContext.configure(connection).get_current_revision() == HEAD:
                return
        with engines.writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            try:
                bring_to("head", connection)
            except CommandError as error:
                raise Unconfigured("the row store was written by a newer version of this program") from error


def bring_to(revision: str, connection: sa.Connection) -> None:
    """Run the migrations up to `revision` within the transaction of `connection`. Errors: CommandError."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    command.upgrade(config, revision)
