"""`python -m viewer trace LEAK --key FILE [--sent FRAME.png] [--json]`: which session and epoch a picture shows."""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

from viewer.commands.isolation import isolated
from viewer.commands.keys import read_key
from viewer.commands.parser import Commands
from viewer.watermark.leak import read_leak
from viewer.watermark.tracing import Trace, trace

BLIND_SECONDS = 16.0  # a fuse for slow machines: then what was found so far is the answer
INFORMED_SECONDS = 3.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """`sent` None traces blind."""

    leak: Path
    key: Path
    sent: Path | None
    as_json: bool


def add(commands: Commands) -> None:
    """Add `trace` to `commands`."""
    command = commands.add_parser("trace", help="read the forensic mark out of a leaked picture")
    command.add_argument("leak", type=Path, metavar="LEAK")
    command.add_argument("--key", type=Path, required=True, metavar="FILE", help="32 random bytes in hex")
    command.add_argument(
        "--sent", type=Path, metavar="FRAME.png", help="the frame as it was before it was marked"
    )
    command.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    tracing = Tracing(leak=options.leak, key=options.key, sent=options.sent, as_json=options.as_json)
    return isolated(lambda: _trace(tracing))


def _trace(tracing: Tracing) -> None:
    begun = time.monotonic()
    key = read_key(tracing.key)
    leak = read_leak(tracing.leak.read_bytes())
    sent = read_leak(tracing.sent.read_bytes()) if tracing.sent else None
    limit = begun + (INFORMED_SECONDS if tracing.sent else BLIND_SECONDS)
    found = trace(key, leak, sent=sent, late=lambda: time.monotonic() > limit)
    seconds = time.monotonic() - begun
    print(_json(found, seconds) if tracing.as_json else _line(found, seconds))


def _json(found: Trace, seconds: float) -> str:
    best = found.named[0] if found.named else None
    return json.dumps(
        {
            "found": best is not None,
            "session": f"{best.payload.session:08x}" if best else None,
            "epoch": best.payload.epoch if best else None,
            "false_accusation": best.false_accusation if best else 1.0,
            "seconds": round(seconds, 3),
        }
    )


def _line(found: Trace, seconds: float) -> str:
    if not found.named:
        until = ", stopped at the time limit" if found.cut_short else ""
        return f"no mark found ({seconds:.1f} s{until})"
    best = found.named[0]
    return (
        f"session {best.payload.session:08x}, epoch {best.payload.epoch}; "
        f"an innocent one is named with a probability of at most {best.false_accusation:.1e} ({seconds:.1f} s)"
    )
