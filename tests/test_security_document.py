"""SECURITY.md names its evidence: each file that it points to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = sorted(
    set(
        re.findall(
            r"`((?:tests|deploy|docs)/[^` ]+\.(?:py|md))`", (ROOT / "SECURITY.md").read_text(encoding="utf-8")
        )
    )
)


@pytest.mark.parametrize("name", NAMED)
def test_the_evidence_is_there(name: str) -> None:
    assert list(ROOT.glob(name)), f"{name} is named in SECURITY.md"


def test_every_attacker_meets_evidence() -> None:
    """Negative control for the pattern above: seven attackers, and more than a dozen files that show something."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^### \d\. ", text, re.MULTILINE)) == 7
    assert len(NAMED) >= 15
