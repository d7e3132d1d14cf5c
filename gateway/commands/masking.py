"""`isinglass mask`: files made anonymous on their own, without a server or a store. `isinglass remask`: items masked anew."""

import hashlib
import secrets
from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.opening import DEFAULT_DATA, Data, err, open_existing, out
from gateway.errors import GatewayError
from gateway.intake import remasking
from gateway.intake.ingesting import load_private_key
from gateway.intake.processing import Tools
from gateway.intake.remasking import Change
from gateway.workers.batch import Batch, Line, mask_batch
from gateway.workers.sandbox import Sandbox
from policies.values import MaskingProfile as PolicyProfile
from viewer.errors import MaskingError
from viewer.masking.detectors import Detectors, load
from viewer.masking.profile import MaskingProfile, read_profile
from viewer.masking.profile_table import EDITION

group = typer.Typer()
_SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "masking"
_LEAST_KEY = 16  # bytes


@group.command()
def mask(
    path: Annotated[Path, typer.Argument(help="A folder or a single file: DICOM, pictures, texts.")],
    out_dir: Annotated[Path, typer.Option("--out", help="A folder for the results; made if missing.")],
    profile: Annotated[
        str, typer.Option("--profile", help="A shipped profile's name, or a TOML file.")
    ] = "clinical-strict",
    report: Annotated[
        Path | None, typer.Option("--report", help="Where to write what was done, as JSON.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="A file with a secret: the same secret gives the same pseudonyms."),
    ] = None,
) -> None:
    """Write files without what identifies a person: `released/` and `held/` below the output folder, and a report.

    Without `--key` the pseudonyms are made with a secret of this run alone.
    """
    files = _files(path, out_dir)
    batch = Batch(out=out_dir, profile=_profile(profile), key=_key(key), detectors=_detectors())
    out_dir.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("masking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        bar = progress.add_task("masking", total=len(files))
        lines = mask_batch(files, batch, lambda count: progress.advance(bar, count))
    states = Counter(line.state for line in lines)
    if report is not None:
        _write(report, batch.profile, lines)
    out.print(
        f"{states['released']} released, {states['held']} held for a check, {states['rejected']} rejected"
    )
    if states["rejected"]:
        raise typer.Exit(3)


@group.command()
def remask(
    project: Annotated[str, typer.Option("--project", help="Whose items are masked anew.")],
    profile: Annotated[
        str, typer.Option("--profile", help="Another shipped profile or TOML file; else each item's own.")
    ] = "",
    dry_run: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Mask every item anew: by the detectors of this version, under another profile. Annotations stay where they are."""
    chosen = _known_to_policies(_profile(profile)) if profile else None
    store = open_existing(data)
    key = load_private_key(store)
    changes: list[Change] = []
    with err.status("masking anew"), Sandbox() as sandbox:
        tools = Tools(sandbox=sandbox, private_key=key)
        for change in remasking.remask(
            store, project, tools, lambda name: chosen or _profile(name), dry_run=dry_run
        ):
            changes.append(change)
            if change.is_one:
                out.print(_line(change), markup=False, soft_wrap=True, highlight=False)
    store.close()
    others = [change for change in changes if change.is_one]
    held = sum(change.state[1] == "held" for change in others)
    out.print(
        f"{len(changes)} items masked anew: {len(others)} {'would change' if dry_run else 'changed'}, {held} of them held"
    )


def _line(change: Change) -> str:
    """What changes of one item."""
    parts = [change.state[0] if change.state[0] == change.state[1] else " -> ".join(change.state)]
    if change.profile[0] != change.profile[1]:
        parts.append(f"profile {' -> '.join(change.profile)}")
    if change.cause:
        parts.append(change.cause)
    else:
        parts.append(f"{change.changed_frames} of {change.frames} frames, {change.share:.2%} of the area")
        parts.append(f"boxes {change.boxes[0]} -> {change.boxes[1]}")
    if change.annotations:
        parts.append(f"{change.annotations} annotations stay")
    return f"{change.title} `{change.item}`: {'; '.join(parts)}"


def _known_to_policies(profile: MaskingProfile) -> MaskingProfile:
    """Errors: GatewayError where no policy could ever open what is masked so."""
    if profile.name not in list(PolicyProfile):
        known = " or ".join(PolicyProfile)
        raise GatewayError(
            f"no policy can open items masked with `{profile.name}`: it is for `isinglass mask` alone; use {known}"
        )
    return profile


def _files(path: Path, out_dir: Path) -> list[tuple[str, Path]]:
    if path.is_file():
        return [(path.name, path)]
    if not path.is_dir():
        raise GatewayError(f"there is no file or folder `{path}`")
    if out_dir.resolve().is_relative_to(path.resolve()):
        raise GatewayError(f"the output folder `{out_dir}` lies inside the folder to mask")
    found = sorted(each for each in path.rglob("*") if each.is_file() and not each.is_symlink())
    if not found:
        raise GatewayError(f"there is no file in `{path}`")
    return [(str(each.relative_to(path)), each) for each in found]


def _profile(name: str) -> MaskingProfile:
    shipped = {place.stem: place for place in _SHIPPED.glob("*.toml")}
    place = shipped.get(name, Path(name))
    if not place.is_file():
        raise GatewayError(f"there is no masking profile `{name}`: shipped are {', '.join(sorted(shipped))}")
    try:
        return read_profile(place.read_text("utf-8"))
    except (MaskingError, UnicodeDecodeError) as error:
        raise GatewayError(f"`{name}`: {error}") from error


def _key(place: Path | None) -> bytes:
    """32 bytes."""
    if place is None:
        return secrets.token_bytes(32)
    try:
        content = place.read_bytes()
    except OSError as error:
        raise GatewayError(f"`{place}`: {error.strerror}") from error
    if len(content) < _LEAST_KEY:
        raise GatewayError(f"`{place}` holds fewer than {_LEAST_KEY} bytes: no secret")
    return hashlib.sha256(content).digest()


def _detectors() -> Detectors | None:
    """None if a model is missing: then pictures are blanked and held."""
    try:
        return load()
    except MaskingError as error:
        err.print(f"warning: {error}: pictures are blanked and held", markup=False, soft_wrap=True)
        return None


def _write(place: Path, profile: MaskingProfile, lines: tuple[Line, ...]) -> None:
    made = {
        "profile": profile.name,
        "options": sorted(profile.options),
        "table": EDITION,
        "counts": dict(Counter(line.state for line in lines)),
        "files": lines,
    }
    place.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
