"""A real S3 server in a process of its own: moto's, on a loopback port, with one empty bucket."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.journeys.serving import free_port, wait_for_answer


@contextmanager
def running() -> Iterator[str]:
    """Its endpoint; the bucket is `isinglass`."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_answer(process, Path(os.devnull), lambda: httpx.put(f"{endpoint}/isinglass", timeout=5))
        yield endpoint
    finally:
        process.terminate()
        process.wait()
