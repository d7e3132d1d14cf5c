"""Runs each `bench_*.py` beside this file, prints a table, and writes the figures: `python -m tests.benchmarks --json FILE`."""

import argparse
import importlib
import json
import sys
import traceback
from pathlib import Path

from rich.console import Console
from rich.table import Table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", help="benchmarks to run (all of them without)")
    parser.add_argument("--json", type=Path, help="write a list of {name, value, unit, goal, holds, detail}")
    options = parser.parse_args()
    names = options.names or sorted(p.stem for p in Path(__file__).parent.glob("bench_*.py"))
    figures: list[dict[str, object]] = []
    for name in names:
        try:
            figures += importlib.import_module(f"tests.benchmarks.{name}").run()
        except Exception as error:  # noqa: BLE001 - the others still count, and this one is seen not to hold
            traceback.print_exc()
            cause = f"failed: {type(error).__name__}: {error}"[:200]
            figures.append(
                {"name": name, "value": None, "unit": "", "goal": "runs", "holds": False, "detail": cause}
            )
    table = Table("figure", "value", "unit", "goal", "holds", "detail")
    for figure in figures:
        holds = {True: "yes", False: "[red]no[/]", None: "skipped"}[figure["holds"]]  # type: ignore[index]
        value = figure["value"]
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        table.add_row(
            str(figure["name"]), shown, str(figure["unit"]), str(figure["goal"]), holds, str(figure["detail"])
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
