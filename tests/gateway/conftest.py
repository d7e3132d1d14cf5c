"""Row stores of both kinds for the tests of the gateway."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.settings import StoreSettings
from gateway.store.opening import Store, open_store
from tests.gateway import postgres_server
from tests.gateway.stores import Bytes, HandClock

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """The URL of a PostgreSQL that runs while the tests do."""
    with postgres_server.running() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server_url: str) -> str:
    """The URL of an empty PostgreSQL database."""
    name = f"d{next(_numbers)}"
    engine = sa.create_engine(f"{postgres_server_url}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{postgres_server_url}/{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> StoreSettings:
    """An empty place for a store: once with SQLite, once with PostgreSQL."""
    url = (
        f"sqlite:///{tmp_path / 'rows.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    return StoreSettings(
        database_url=url, objects_url=f"file://{tmp_path / 'objects'}", keys=tmp_path / "keys"
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def opener(where: StoreSettings, clock: HandClock) -> Iterator[Callable[[], Store]]:
    """A function that opens the store, as often as it is called; all are closed at the end."""
    opened: list[Store] = []

    def open_it() -> Store:
        opened.append(open_store(where, clock=clock, token_bytes=Bytes(len(opened))))
        return opened[-1]

    yield open_it
    for store in opened:
        store.growth.close()
        store.engines.close()


@pytest.fixture
def store(opener: Callable[[], Store]) -> Store:
    """An empty store, of both kinds."""
    return opener()
