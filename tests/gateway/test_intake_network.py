"""Masking with the network cut: scans, pictures and texts are masked all the same, and no socket is opened."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.journeys.planting import plant
from tests.viewer import dicom_files

ROOT = Path(__file__).resolve().parents[2]

# Every socket that Python opens ends the process; what libraries leave open is looked up where the kernel lists it.
# pydicom imports urllib3, which tries once whether there is IPv6, by a socket that it binds to this machine and closes.
_WATCHED = """
import os, sys
def probes_ipv6(frame):
    while frame is not None:
        if frame.f_code.co_name == "_has_ipv6":
            return True
        frame = frame.f_back
    return False
def watch(event, args):
    if event.startswith("socket.") and not (event in ("socket.__new__", "socket.bind") and probes_ipv6(sys._getframe())):
        os.write(2, b"a socket was opened\\n")
        os._exit(77)
sys.addaudithook(watch)
if sys.argv[1:] == ["connect"]:
    import socket
    socket.create_connection(("127.0.0.1", 9))
from viewer.__main__ import main
code = main(sys.argv[1:])
links = [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{each}")]
sys.exit(77 if any(link.startswith("socket:") for link in links) else code)
"""


def _cut_off() -> list[str]:
    """What runs a command without any network, where this machine allows it."""
    unshare = shutil.which("unshare")
    for flags in (["-n"], ["-rn"]):
        if (
            unshare
            and subprocess.run([unshare, *flags, "true"], capture_output=True, check=False).returncode == 0
        ):
            return [unshare, *flags]
    return []


@pytest.fixture(scope="module")
def cut() -> list[str]:
    made = _cut_off()
    if not made:
        pytest.skip("this machine lets nobody make a network namespace")
    return made


def _run(cut: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*cut, sys.executable, "-c", _WATCHED, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_scan_and_a_note_are_masked_without_a_network(cut: list[str], tmp_path: Path) -> None:
    canaries = plant(tmp_path, 21)
    done = _run(
        cut,
        "mask",
        str(tmp_path / "000.dcm"),
        "--out",
        str(tmp_path / "out.dcm"),
        "--report",
        str(tmp_path / "r"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "r").read_text())["state"] == "released"
    assert canaries.found_in((tmp_path / "out.dcm").read_bytes()) in ([], ["stored values"])

    (tmp_path / "a.txt").write_text(
        "Mr. John Smith, MRN 12345678, was seen on 03/04/2021.\n", encoding="utf-8"
    )
    done = _run(cut, "mask-text", str(tmp_path / "a.txt"), "--json")
    assert done.returncode == 0, done.stderr
    assert "Smith" not in json.loads(done.stdout)["text"]


def test_a_lettered_picture_is_masked_without_a_network(cut: list[str], tmp_path: Path) -> None:
    pixels = np.full((64, 64), 7)
    (tmp_path / "a.dcm").write_bytes(dicom_files.encoded(dicom_files.dataset(pixels)))
    done = _run(
        cut,
        "mask",
        str(tmp_path / "a.dcm"),
        "--out",
        str(tmp_path / "a.png"),
        "--report",
        str(tmp_path / "r"),
    )
    assert done.returncode == 0, done.stderr


def test_a_socket_would_be_seen(cut: list[str]) -> None:
    """The negative control."""
    done = _run(cut, "connect")
    assert (done.returncode, done.stderr) == (77, "a socket was opened\n")
