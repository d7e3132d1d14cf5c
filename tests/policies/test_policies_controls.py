"""Controls as the browser and the session's row hold them."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_texts import policies

from policies.composing import compose
from policies.controls import ControlKind, Controls, kind_of
from policies.errors import PolicyError
from policies.fields import FIELDS, SECTIONS
from policies.model import Policy

DEFAULT = compose([]).to_dict()


def test_every_field_of_the_language_is_a_control_and_the_other_way_round() -> None:
    assert [f.attribute for f in FIELDS] == [f.name for f in dataclasses.fields(Controls)]


def test_controls_are_spelled_as_in_a_policy() -> None:
    assert list(DEFAULT) == list(SECTIONS)
    assert DEFAULT["session"] == {
        "idle_lock": "5m",
        "max_duration": "8h",
        "reauthenticate": "24h",
        "concurrent": 1,
    }
    assert DEFAULT["require"] == {
        "mfa": "none",
        "credentials": [],
        "networks": ["0.0.0.0/0", "::/0"],
        "countries": ["*"],
        "hours": [],
        "device": "any",
        "purposes": ["*"],
        "leak_test": "any",
    }


@given(st.lists(policies, max_size=4))
def test_controls_survive_json(given_policies: list[Policy]) -> None:
    controls = compose(given_policies)
    assert Controls.from_dict(json.loads(json.dumps(controls.to_dict()))) == controls


DAMAGED = [
    ({}, "require.mfa: is missing"),
    ({**DEFAULT, "display": {}}, "display.reveal: is missing"),
    ({**DEFAULT, "later": {"field": "x"}}, "later.field: is not a field"),
    ({**DEFAULT, "display": {"lossless": True, "sound": "full"}}, "display.sound: is not a field"),
    ({**DEFAULT, "display": {"lossless": "yes"}}, "display.lossless: must be true or false, not text"),
    ({**DEFAULT, "display": None}, "display: is not a section"),
]


@pytest.mark.parametrize(("stored", "text"), DAMAGED)
def test_damaged_controls_are_refused(stored: dict[str, Any], text: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Controls.from_dict(stored)
    assert str(caught.value) == f"controls: {text}"


def test_no_control_claims_more_than_it_does() -> None:
    """What runs in the browser is deterred; only what the server does is enforced."""
    deterred = {f.path for f in FIELDS if kind_of(f.path) is ControlKind.DETERRED}
    assert deterred == {f.path for f in FIELDS if f.section == "surface"} - {"surface.text"} | {
        "require.leak_test"
    }
    assert all(kind_of(f.path) is ControlKind.ENFORCED for f in FIELDS if f.path not in deterred)
    with pytest.raises(KeyError):
        kind_of("surface.screenshots")
