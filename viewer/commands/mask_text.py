"""`python -m viewer mask-text FILE [--json]`: a text as the server would mask it. It is always held: a person reads it first."""

import argparse
import json
from pathlib import Path

from viewer.commands.isolation import isolated
from viewer.commands.parser import Commands
from viewer.document.pages import MAX_CHARACTERS
from viewer.errors import UnreadableFile, UnsupportedFile
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.masking.text import decode_text, mask_text
from viewer.masking.verdict import Reason, Verdict

_REFUSED = "the file could not be read or masked"  # why is on standard error


def add(commands: Commands) -> None:
    """Add the command to `commands`."""
    parser = commands.add_parser("mask-text", help="write a text without what may identify somebody")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="with the state and where each passage stood")
    parser.add_argument(
        "--known", type=Path, metavar="ROSTER", help="names and numbers of this person, one a line"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    status = isolated(lambda: _mask(options.file, options.known, as_json=options.json))
    if status != 0 and options.json:
        refused = {"state": Verdict.REJECTED.value, "reasons": [_REFUSED], "text": "", "spans": []}
        print(json.dumps(refused))
    return status


def _mask(file: Path, roster: Path | None, *, as_json: bool) -> None:
    data = file.read_bytes()
    if kind_of(data) not in {FileKind.TEXT, FileKind.UNKNOWN}:
        raise UnsupportedFile("it is not a text")
    text = decode_text(data)
    if len(text) > MAX_CHARACTERS:
        raise UnreadableFile(f"the text is longer than `{MAX_CHARACTERS}` characters")
    known = decode_text(roster.read_bytes()).splitlines() if roster else ()
    masked = mask_text(text, known)
    if not as_json:
        print(masked.text, end="" if masked.text.endswith("\n") else "\n")
        return
    spans = [{"start": span.start, "end": span.end, "type": span.kind.value} for span in masked.spans]
    answer = {
        "state": Verdict.HELD.value,
        "reasons": [Reason.NARRATIVE.value],
        "text": masked.text,
        "spans": spans,
    }
    print(json.dumps(answer, ensure_ascii=False))
