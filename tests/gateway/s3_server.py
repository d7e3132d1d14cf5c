"""A real S3 server in a process of its own: moto's, on a loopback port, with one empty bucket."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

from tests.journeys.serving import free_port

START_S = 60.0


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
        deadline = time.monotonic() + START_S
        while True:
            # A refusal comes at once: asked again and again, it would take a processor from who starts.
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
            assert process.poll() is None, "the S3 server ended"
            assert time.monotonic() < deadline, f"no S3 server within {START_S} s"
            with suppress(httpx.TransportError):
                assert httpx.put(f"{endpoint}/isinglass", timeout=5).status_code == 200
                break
        yield endpoint
    finally:
        process.terminate()
        process.wait()
