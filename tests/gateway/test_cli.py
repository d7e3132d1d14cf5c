"""The command as a whole: what a person or a script meets before any of its parts."""

import os
import subprocess
import sys
from importlib import metadata

import pytest

PLAIN = {name: value for name, value in os.environ.items() if name != "COLUMNS"}


def _python(*arguments: str, environment: dict[str, str] = PLAIN) -> str:
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_it_says_its_version() -> None:
    assert _python("-m", "gateway", "--version").split() == ["isinglass", metadata.version("isinglass")]


@pytest.mark.parametrize(("environment", "width"), [(PLAIN, 240), (PLAIN | {"COLUMNS": "72"}, 72)])
def test_what_is_piped_is_cut_to_no_terminal(environment: dict[str, str], width: int) -> None:
    asked = "from gateway.commands.opening import out; print(out.width)"
    assert int(_python("-c", asked, environment=environment)) == width
