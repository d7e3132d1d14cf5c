"""Every command is where the table says, and answers for itself."""

import subprocess
import sys
from importlib import import_module

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from gateway.cli import COMMANDS, cli, main

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


def test_the_help_names_every_command() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output
    listed = {line.strip("│ ").split(" ")[0] for line in shown.partition("Commands")[2].splitlines()}
    assert set(COMMANDS) <= listed, shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accounts"], "no such command `accounts` (`isinglass --help` says how)"),
        (["policy", "chek"], "no such command `chek`"),
        (["policy", "check"], "missing argument `files` (`isinglass policy check --help` says how)"),
        (["--frobnicate"], "no such option: --frobnicate"),
        (["serve", "--port", "99999999"], "invalid value for `--port`: "),
        (["export", "--project"], "option `--project` requires an argument"),
        (["trace", "--\x1b[2J"], "no such option: "),
    ],
)
def test_a_wrong_command_line_is_one_line(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["isinglass", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert shown.err.startswith(f"error: {said}")
    assert shown.err.endswith("\n")
    assert "\x1b" not in shown.err
    assert shown.err.count("\n") == 1
