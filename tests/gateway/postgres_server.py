"""A real PostgreSQL of the tests' own: its files in a new folder, its port on the loopback address, stopped at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.serving import free_port


def find_programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs, None if there is none."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int("0" + path.parent.name), reverse=True
    )
    found = next((path for path in debian if (path / "initdb").exists()), None)
    on_path = shutil.which("initdb")
    return found or (Path(on_path).resolve().parent if on_path else None)


@contextmanager
def running() -> Iterator[str]:
    """The URL of its server, without a database's name; skips the test if there is none to be had."""
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine: `make test` installs it with apt-get")
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL does not run as root, and there is no `runuser` here")
        as_owner = ["runuser", "-u", "postgres", "--"]
    # In memory where the tests' own folders are (`tests.conftest`); not in one of these, which its user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="isinglass-postgres-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    if as_owner:
        shutil.chown(folder, "postgres")
    port = free_port()
    data, log = folder / "data", folder / "log"
    # -F: nothing outlives the tests, and each of their databases is some three hundred files to sync.
    options = f"-F -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*as_owner, programs / program, *arguments],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"PostgreSQL does not start here: {program}: {done.stderr.strip()[-300:]}")

    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "tests", "-E", "UTF8", "--locale=C")
        run("pg_ctl", "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
        try:
            yield f"postgresql+pg8000://tests@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
