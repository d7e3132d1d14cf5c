"""`isinglass trace` and `isinglass key`: who leaked a picture, and the keys of the mark that says so."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from gateway.audit.events import SYSTEM, Event, EventCode
from gateway.commands.opening import DEFAULT_DATA, Data, err, open_existing, out
from gateway.errors import GatewayError
from gateway.intake.isolation import Failure
from gateway.store.keys import add_watermark_key
from gateway.tracing.casework import Case, Evidence, Leak, investigate
from gateway.workers.sandbox import Sandbox

group = typer.Typer()
key_group = typer.Typer(no_args_is_help=True, help="The keys of this store.")

MAX_BYTES = 256 << 20


@group.command()
def trace(
    picture: Annotated[Path, typer.Argument(help="The leaked picture: PNG, JPEG, WebP, TIFF, BMP or GIF.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the case as one JSON object.")] = False,  # noqa: FBT002
    evidence: Annotated[Path | None, typer.Option("--evidence", help="A folder for the evidence.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Name the session, the person and the half-minute that a leaked picture was taken from."""
    try:
        if picture.stat().st_size > MAX_BYTES:
            raise GatewayError(f"`{picture}` is larger than {MAX_BYTES >> 20} MiB")
        content = picture.read_bytes()
    except OSError as error:
        raise GatewayError(f"`{picture}` can't be read: {error.strerror}") from error
    store = open_existing(data)
    try:
        with Sandbox() as sandbox:
            shown = sandbox.picture(content)
        if isinstance(shown, Failure):
            raise GatewayError(f"`{picture}`: {shown.cause}")
        case = investigate(
            store,
            Leak.of(content, shown),
            actor=SYSTEM,
            progress=lambda step: None if as_json else err.print(step + "…", style="dim"),
        )
    finally:
        store.close()
    if evidence is not None and case.evidence is not None:
        _write(evidence, case.evidence)
    out.print(json.dumps(case.to_dict()) if as_json else _told(case), markup=False, soft_wrap=True)


@key_group.command("rotate")
def rotate(data: Data = DEFAULT_DATA) -> None:
    """Add a new key for the forensic mark; the old ones still trace old leaks. Running servers take it at their next start."""
    store = open_existing(data)
    try:
        count = add_watermark_key(store.keys)
        with store.write() as tx:
            tx.append(Event(code=EventCode.KEY_ROTATE, actor=SYSTEM, details={"count": count}))
    finally:
        store.close()
    out.print(f"the forensic mark has {count} keys now; the newest one marks from the servers' next start on")


def _told(case: Case) -> str:
    lines = []
    for each in case.named:
        begins = datetime.fromtimestamp(each.begins, UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"session   {each.session or f'{each.number:08x}, which this store does not know'}")
        lines.append(f"person    {each.user or 'unknown'}")
        lines.append(f"when      {begins} UTC, for 30 s")
        lines.append(
            f"what      {each.title or 'unknown'}"
            + (f", frame {each.frame + 1}" if each.frame is not None else "")
        )
        lines.append(
            f"certainty an innocent session is named with a probability of at most {each.false_accusation:.1e}"
        )
        lines.append("")
    if not case.named:
        lines += ["no mark found: nobody is named", ""]
        if case.viewers:
            lines.append("it looks like a picture that these people were shown:")
        lines += [f"  {each.user}, session {each.session}, {each.frames} frames" for each in case.viewers]
    return "\n".join(lines).rstrip()


def _write(folder: Path, evidence: Evidence) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        Image.fromarray(evidence.leak).save(folder / "leak.png")
        Image.fromarray(evidence.agreement).save(folder / "agreement.png")
        if evidence.sent is not None:
            Image.fromarray(evidence.sent).save(folder / "sent.png")
    except OSError as error:
        raise GatewayError(f"the evidence can't be written to `{folder}`: {error.strerror}") from error
