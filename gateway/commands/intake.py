"""Files taken in by a command: with a progress bar, and a line for each that can't be read."""

from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.opening import err, out
from gateway.intake import ingesting
from gateway.store.opening import Store
from gateway.workers.sandbox import Sandbox


def ingest_into(store: Store, paths: list[Path], project: str) -> int:
    """Take `paths` in, with a progress bar; how many files could not be read."""
    private_key = ingesting.load_private_key(store)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress, Sandbox() as sandbox:
        bars: dict[str, object] = {}

        def on_progress(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=total)
            progress.update(bars[stage], completed=done, total=total)  # type: ignore[arg-type] # rich's TaskID

        summary = ingesting.ingest(store, paths, project, sandbox, private_key, on_progress)
    for name, cause in summary.failures:
        err.print(f"{name}: {cause}", markup=False, soft_wrap=True)
    for title, oddity in summary.oddities:
        out.print(f"{title}: {oddity}", markup=False, soft_wrap=True, style="yellow")
    out.print(
        f"{summary.received} received, {summary.released} released, {summary.held} held for a check, "
        f"{summary.rejected} rejected, {len(summary.failures)} unreadable"
        + (f", {summary.states} presentation states" if summary.states else "")
    )
    return len(summary.failures)
