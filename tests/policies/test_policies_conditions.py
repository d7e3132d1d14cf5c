"""The conditions of entry, one by one and together."""

from datetime import UTC, datetime
from typing import Any

import pytest
from policy_texts import policy_text

from policies.conditions import Facts
from policies.deciding import Request, decide
from policies.loading import load_all
from policies.values import Device, Mfa

OFFICE = {"days": "mon-fri", "from": "08:00", "to": "18:00", "zone": "Europe/Berlin"}
NIGHT = {"days": "fri", "from": "22:00", "to": "06:00", "zone": "Asia/Kolkata"}


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


HELD = [  # path, what the policy says, the facts, what the reason says (None: it holds)
    ("require.mfa", "none", {}, None),
    ("require.mfa", "totp", {}, "signing in needs `totp`, and this session has `none`"),
    ("require.mfa", "totp", {"mfa": Mfa.TOTP}, None),
    ("require.mfa", "totp", {"mfa": Mfa.PASSKEY}, None),
    ("require.mfa", "passkey", {"mfa": Mfa.TOTP}, "signing in needs `passkey`"),
    (
        "require.credentials",
        ["nda", "licence"],
        {"credentials": frozenset({"nda"})},
        "no valid credential `licence`",
    ),
    ("require.credentials", ["nda"], {"credentials": frozenset({"nda", "x"})}, None),
    ("require.networks", ["198.51.100.0/24"], {"address": "198.51.100.255"}, None),
    ("require.networks", ["198.51.100.0/24"], {"address": "198.51.101.0"}, "`198.51.101.0` is in no network"),
    ("require.networks", ["198.51.100.0/24"], {"address": "::ffff:198.51.100.7"}, None),
    ("require.networks", ["2001:db8::/32"], {"address": "2001:db8::1"}, None),
    ("require.networks", ["2001:db8::/32"], {"address": "198.51.100.7"}, "is in no network"),
    ("require.networks", ["0.0.0.0/0"], {"address": None}, "the address `unknown`"),
    ("require.networks", ["0.0.0.0/0"], {"address": "testclient"}, "is in no network"),
    ("require.networks", ["0.0.0.0/0", "::/0"], {"address": None}, None),
    ("require.networks", [], {"address": "198.51.100.7"}, "is in no network"),
    ("require.countries", ["DE", "FR"], {"country": "FR"}, None),
    ("require.countries", ["DE", "FR"], {"country": "US"}, "the country `US` is not one"),
    ("require.countries", ["DE", "FR"], {}, "the country `unknown`"),
    ("require.countries", ["*"], {}, None),
    ("require.device", "known", {"device": Device.KNOWN}, None),
    ("require.device", "known", {"device": Device.MANAGED}, None),
    ("require.device", "managed", {"device": Device.KNOWN}, "must be `managed`, and this one is `known`"),
    ("require.device", "known", {}, "this one is `unknown`"),
    ("require.purposes", ["research"], {}, "the purpose `none` is not one"),
    ("require.hours", OFFICE, {"now": _at("2026-11-26T07:00")}, None),  # 08:00 in Berlin, a Thursday
    ("require.hours", OFFICE, {"now": _at("2026-11-26T06:59")}, "outside the hours"),
    ("require.hours", OFFICE, {"now": _at("2026-11-26T16:59")}, None),
    ("require.hours", OFFICE, {"now": _at("2026-11-26T17:00")}, "outside the hours"),
    ("require.hours", OFFICE, {"now": _at("2026-11-28T10:00")}, "outside the hours"),  # a Saturday
    ("require.hours", OFFICE, {"now": _at("2026-07-01T06:30")}, None),  # summer time: 08:30
    ("require.hours", OFFICE, {}, "outside the hours"),
    ("require.hours", [], {}, None),
    ("require.hours", NIGHT, {"now": _at("2026-11-27T16:30")}, None),  # Friday 22:00 in Kolkata
    ("require.hours", NIGHT, {"now": _at("2026-11-28T00:29")}, None),  # Saturday 05:59
    ("require.hours", NIGHT, {"now": _at("2026-11-28T00:30")}, "outside the hours"),
    (
        "require.hours",
        NIGHT,
        {"now": _at("2026-11-26T20:00")},
        "outside the hours",
    ),  # Friday 01:30, Thursday's night
    ("require.hours", [OFFICE, {**OFFICE, "days": "sat"}], {"now": _at("2026-11-28T10:00")}, None),
]


def _decide(facts: dict[str, Any], *texts: str) -> Any:
    request = Request(
        user="u", roles=("annotator",), groups=(), project="p", role="annotator", facts=Facts(**facts)
    )
    return decide(request, load_all({f"{k}.toml": text for k, text in enumerate(texts)}))


@pytest.mark.parametrize(("path", "said", "facts", "why"), HELD)
def test_a_condition(path: str, said: object, facts: dict[str, Any], why: str | None) -> None:
    decision = _decide(facts, policy_text("p", {path: said}))
    assert decision.allowed == (why is None)
    if why is not None:
        assert decision.lost == (path,)
        assert [(r.policy, r.field) for r in decision.reasons] == [("p", path)]
        assert why in decision.reasons[0].text


def test_every_condition_that_does_not_hold_is_named_with_the_policies_that_ask_for_it() -> None:
    decision = _decide(
        {"address": "192.0.2.1"},
        policy_text("a", {"require.networks": ["10.0.0.0/8"], "require.credentials": ["nda"]}),
        policy_text("b", {"require.networks": ["192.0.2.0/24"], "require.mfa": "totp"}),
    )
    assert decision.lost == ("require.mfa", "require.credentials", "require.networks")
    assert [(r.field, r.policy) for r in decision.reasons] == [
        ("require.mfa", "b"),
        ("require.credentials", "a"),
        ("require.networks", "a"),
        ("require.networks", "b"),
    ]


def test_hours_of_two_policies_must_both_hold() -> None:
    early = policy_text("a", {"require.hours": OFFICE})
    late = policy_text("b", {"require.hours": {**OFFICE, "from": "12:00", "to": "20:00"}})
    assert not _decide({"now": _at("2026-11-26T09:00")}, early, late).allowed
    assert _decide({"now": _at("2026-11-26T12:00")}, early, late).allowed
    assert not _decide({"now": _at("2026-11-26T18:00")}, early, late).allowed
