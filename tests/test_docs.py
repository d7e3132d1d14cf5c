"""Every command that a document shows exists, with every flag that it is shown with."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import cli
from tests.journeys.serving import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"(?:^|`)((?:isinglass|make|python -m viewer) [^`#\n]+)", re.MULTILINE)


def _commands() -> list[tuple[str, str]]:
    return sorted(
        {
            (path.name, found.strip())
            for path in DOCUMENTS
            for found in COMMAND.findall(path.read_text(encoding="utf-8"))
        }
    )


def _help(*command: str) -> str:
    """What `--help` prints, unwrapped."""
    if command[0] == "viewer":
        arguments = [sys.executable, "-m", *command, "--help"]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    shown = CliRunner().invoke(cli, [*command[1:], "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    return shown.output


@pytest.mark.parametrize(("document", "command"), _commands(), ids=lambda text: text)
def test_a_shown_command_exists(document: str, command: str) -> None:
    words = shlex.split(command)
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert words[1] in targets
        return
    module = ["viewer"] if words[0] == "python" else ["gateway"]
    rest = words[3:] if words[0] == "python" else words[1:]
    if rest[0].startswith("-"):
        assert rest[0] in _help(*module)
        return
    depth = 2 if rest[0] in {"policy", "audit", "user", "project", "session", "device", "grant"} else 1
    depth += rest[:2] == ["user", "credential"]
    shown = _help(*module, *rest[:depth])
    for flag in (word for word in rest if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", shown), f"{flag} is not in: {shown}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_documents_show_commands() -> None:
    """Negative control for the pattern above."""
    assert len(_commands()) >= 12
