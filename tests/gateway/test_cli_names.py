"""Every command is where the table says, and answers for itself."""

import subprocess
import sys
from importlib import import_module

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from gateway.cli import COMMANDS, cli

GROUPS = {"policy", "audit", "user", "project", "session", "device", "grant", "key"}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_read_when_asked_for(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert f" {name} " in shown.output.splitlines()[1]


@pytest.mark.parametrize("place", sorted({place for name, place in COMMANDS.items() if name not in GROUPS}))
def test_no_module_keeps_a_command_back(place: str) -> None:
    module, _, group = place.partition(":")
    held = get_group(getattr(import_module(f"gateway.commands.{module}"), group)).commands
    assert {name: COMMANDS.get(name) for name in held} == dict.fromkeys(held, place)


def test_a_policy_is_checked_without_the_server() -> None:
    """Editors and pipelines ask this often; the server's modules take longer to read than the policies."""
    code = "import sys, gateway.cli, gateway.commands.policies; print('uvicorn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
