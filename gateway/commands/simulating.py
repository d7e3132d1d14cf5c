"""`isinglass policy simulate`."""

import gc
import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.opening import DEFAULT_DATA, Data, out
from gateway.commands.policies import SHOWN, Json, existing, loaded
from gateway.errors import GatewayError
from gateway.sessions import recording
from policies.errors import printable
from policies.simulating import Change, Outcome, simulate

DAY_S = 86_400

group = typer.Typer()


@group.command("simulate")
def policy_simulate(
    paths: Annotated[list[Path], typer.Argument(help="The policies to try: files, or folders of them.")],
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", help="Recorded decisions as JSON Lines, instead of the audit log's."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How many days of the audit log.")] = 30,
    every: Annotated[bool, typer.Option("--all", help=f"List every session, not the first {SHOWN}.")] = False,  # noqa: FBT002 - a flag
    data: Data = DEFAULT_DATA,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Try policies on the decisions that were made: which sessions would have been refused or shortened."""
    policies = loaded(paths)
    gc.disable()  # a hundred thousand decisions make no cycles, and looking for them takes a quarter of the time
    if decisions is not None:
        try:
            with decisions.open("rb") as lines:
                outcome = simulate(recording.from_lines(lines, file=str(decisions)), policies)
        except OSError as error:
            raise GatewayError(f"`{decisions}` can't be read: {error.strerror}") from error
    else:
        store = existing(data)
        outcome = simulate(recording.from_log(store, store.clock.now() - days * DAY_S), policies)
        store.close()
    if as_json:
        typer.echo(json.dumps(_simulated(outcome), indent=2))
        return
    out.print(outcome.says(), markup=False, soft_wrap=True)
    for title, changes in (("refused", outcome.refused), ("shortened", outcome.shortened)):
        for change in changes if every else changes[:SHOWN]:
            out.print(
                f"  {title} {_named(change)}: {'; '.join(change.reasons)}", markup=False, soft_wrap=True
            )
        if not every and len(changes) > SHOWN:
            out.print(f"  … and {len(changes) - SHOWN} more {title}; --all lists them")


def _named(change: Change) -> str:
    request = change.recorded.request
    where = f" in {printable(request.project)}" if request.project else ""
    session = printable(change.recorded.session or "session")
    return f"{session} ({printable(request.user)} as {printable(request.role)}{where})"


def _simulated(outcome: Outcome) -> dict[str, object]:
    def listed(changes: list[Change]) -> list[dict[str, object]]:
        return [
            {
                "session": change.recorded.session,
                "user": change.recorded.request.user,
                "role": change.recorded.request.role,
                "project": change.recorded.request.project,
                "time": change.recorded.request.facts.now,
                "reasons": list(change.reasons),
            }
            for change in changes
        ]

    return {
        "sessions": outcome.total,
        "refused": listed(outcome.refused),
        "shortened": listed(outcome.shortened),
        "admitted": outcome.admitted,
    }
