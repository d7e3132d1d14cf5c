"""The client's pure modules, in Node: their own tests, and what client and server must spell alike."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from gateway.stream.codec import decode
from gateway.stream.messages import OP_KINDS, SIGNALS, ClientMessage, Input, Op
from gateway.stream.wire import pack, pack_blank
from tests.gateway.stream_visits import marked
from viewer.render.frame import Encoding

HERE = Path(__file__).resolve().parent
FILES = sorted(HERE.glob("*.test.js"))


def _node(*arguments: str, **environment: str) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: `make test` installs it with apt-get")
    done = subprocess.run(
        [node, *arguments],
        cwd=HERE.parent.parent,
        env={"NODE_NO_WARNINGS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _packed() -> str:
    """Messages of the server's making, in hex, and what the client is to read in them."""
    cases = []
    for seq, (encoding, kind, codec) in enumerate(
        (
            (Encoding(lossless=True), "image/png", 2),
            (Encoding(lossless=False, quality=60, shrink=0.5), "image/jpeg", 1),
        )
    ):
        frame = marked(64, 48, encoding, 7)
        cases.append(
            {
                "message": b"".join(
                        pack(frame, seq=2**32 - 1 - seq, answers=2**31, pane=seq, scale=64 / frame.width)
                    ).hex(),
                "expected": {
                    "blank": False, "codec": codec, "lossless": encoding.lossless, "seq": 2**32 - 1 - seq, "answers": 2**31, "width": frame.width,
                    "pane": seq,
                    "height": frame.height, "scale": 64 / frame.width, "epoch": 7, "payload": len(frame.payload), "type": kind,
                },
            }
        )  # fmt: skip
    gone = {
        "blank": True, "codec": 0, "lossless": False, "seq": 5, "answers": 6, "width": 0, "height": 0, "scale": 1, "epoch": 8, "payload": 0,
        "type": "", "pane": 0,
    }  # fmt: skip
    return json.dumps([*cases, {"message": pack_blank(seq=5, answers=6, epoch=8).hex(), "expected": gone}])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_module(path: Path) -> None:
    told = _node("--test", "--test-reporter=tap", str(path), PACKED=_packed())
    assert "# fail 0" in told
    assert "# skipped 0" in told
    assert "# tests 0" not in told


def test_there_are_tests() -> None:
    assert len(FILES) >= 9


def test_the_server_takes_every_message_that_the_client_makes() -> None:
    said = [decode(line) for line in _node(str(HERE / "said.js")).splitlines()]
    assert {type(message) for message in said} == set(get_args(ClientMessage))
    assert {message.kind for message in said if isinstance(message, Op)} == set(OP_KINDS)
    assert {message.signal for message in said if isinstance(message, Input)} == set(SIGNALS)
