"""`isinglass exposure` and `isinglass replay`: who was shown what, and the same pictures once more."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from gateway.app import journal_folder
from gateway.commands.opening import DEFAULT_DATA, Data, err, open_existing, out
from gateway.errors import GatewayError
from gateway.sessions.exposed import ItemExposure
from gateway.sessions.exposing import exposure_of
from gateway.store import readings
from gateway.store.opening import Store
from gateway.web.ledger import take_leftovers
from gateway.web.replaying import Replay, Replayed

group = typer.Typer()
_ENDINGS = {1: "jpg", 2: "png"}


@group.command()
def exposure(
    user: Annotated[str | None, typer.Option("--user", help="What this person was shown.")] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Who was shown this subject (pseudonym).")
    ] = None,
    item: Annotated[str | None, typer.Option("--item", help="Who was shown this item.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every slice.")] = False,  # noqa: FBT002 - a flag
    data: Data = DEFAULT_DATA,
) -> None:
    """Say which region of which item was shown to whom, at which detail, for how long."""
    if sum(given is not None for given in (user, subject, item)) != 1:
        raise GatewayError("give exactly one of --user, --subject and --item")
    store = _open(data)
    try:
        found = exposure_of(store, user=user, subject=subject, item=item)
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps({"exposures": [_told(each) for each in found]}, indent=2))
    elif found:
        out.print(_table(found))
    else:
        out.print("nothing was shown")


def _open(data: Path) -> Store:
    """The store, with what a killed server left in its journal."""
    store = open_existing(data)
    take_leftovers(store, journal_folder(data))
    return store


def _told(found: ItemExposure) -> dict[str, object]:
    return {
        "user": found.seen.user_name,
        "session": found.seen.segment.session,
        "item": found.seen.segment.item,
        "title": found.seen.title,
        "subject": found.seen.subject,
        "first": _time(found.first),
        "last": _time(found.last),
        "frames": found.frames,
        "lossless": found.exact,
        "unconfirmed": found.unconfirmed,
        "seconds": round(found.seconds, 3),
        "share": round(found.share, 4),
        "slices": [
            {
                "slice": each.slice,
                "frames": each.frames,
                "seconds": round(each.seconds, 3),
                "detail": round(each.detail, 4),
                "region": [round(edge, 2) for edge in each.region],
            }
            for each in sorted(found.slices.values(), key=lambda each: each.slice)
        ],
        "sections": {
            plane: {
                "frames": each.frames,
                "seconds": round(each.seconds, 3),
                "positions": sorted(each.positions),
            }
            for plane, each in sorted(found.sections.items())
        },
        "texts": [{"page": each.page, "time": _time(each.time)} for each in found.texts],
    }


def _table(found: list[ItemExposure]) -> Table:
    table = Table(
        "user",
        "session",
        "item",
        "subject",
        "from",
        "seconds",
        "frames",
        "lossless",
        "slices",
        "at full detail",
    )
    for each in found:
        table.add_row(
            each.seen.user_name,
            each.seen.segment.session,
            each.seen.segment.item,
            each.seen.subject,
            _time(each.first),
            f"{each.seconds:.1f}",
            str(each.frames),
            str(each.exact),
            f"{len(each.slices)} of {each.of_slices}"
            + (", and sections" if each.sections else "")
            + (", and text" if each.texts else ""),
            f"{each.share:.0%}",
        )
    return table


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@group.command()
def replay(
    session: Annotated[str, typer.Argument(help="The id that the watermark and `session list` show.")],
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Write every frame here; without it they are compared only.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Draw every frame of a session again, and say whether each is what was sent, byte for byte."""
    if out_dir is not None and out_dir.exists() and any(out_dir.iterdir()):
        raise GatewayError(f"`{out_dir}` is not empty")
    store = _open(data)
    try:
        again = Replay(store, session)
        count = sent = differ = 0
        for frame in again.frames():
            count += 1
            sent += len(frame.drawn.payload) if frame.drawn else 0
            if not frame.same:
                differ += 1
                err.print(f"frame {frame.shown.seq}: {frame.cause}", markup=False)
            if out_dir is not None:
                _write(out_dir, frame)
        with store.read() as connection:
            read = len(readings.of(connection, session=session))
    finally:
        store.close()
    out.print(
        f"{count} frames of {sent} bytes from a record of {again.record_bytes} bytes: {count - differ} are what was sent"
    )
    if read:
        out.print(f"beside them the text of a page went out {read} times")
    if differ:
        raise typer.Exit(1)


def _write(folder: Path, frame: Replayed) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name = None
        if frame.drawn is not None:
            name = f"{frame.shown.seq:08}.{_ENDINGS.get(frame.drawn.codec, 'bin')}"
            (folder / name).write_bytes(frame.drawn.payload)
        line = {
            "seq": frame.shown.seq,
            "time": frame.shown.at / 1000,
            "item": frame.item,
            "slice": frame.shown.view.frame if frame.shown.view.cut is None else None,
            "view": msgspec.to_builtins(frame.shown.view),
            "file": name,
            "sha256": frame.drawn.digest if frame.drawn else None,
            "same": frame.same,
        }
        with (folder / "frames.jsonl").open("a", encoding="utf-8") as index:
            index.write(json.dumps(line) + "\n")
    except OSError as error:
        raise GatewayError(f"`{folder}` can't be written: {error.strerror}") from error
