"""Request tables, simulation, difference and schema."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from policy_texts import policy_text, settings

from policies import requests
from policies.conditions import Facts
from policies.deciding import Request
from policies.differing import audiences, diff
from policies.errors import PolicyError
from policies.loading import PolicySet, load_all
from policies.schema import schema
from policies.simulating import Recorded, simulate

ROOT = Path(__file__).parents[2]
SITUATIONS = sorted(path.parent for path in (ROOT / "deploy" / "policies").glob("*/*.test.toml"))


def _set(*texts: str) -> PolicySet:
    policies = load_all({f"{k}.toml": text for k, text in enumerate(texts)})
    assert not policies.errors
    return policies


def _folder(folder: Path) -> tuple[PolicySet, list[requests.Row]]:
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.toml")}
    tables = {name: texts.pop(name) for name in list(texts) if name.endswith(".test.toml")}
    return load_all(texts), [row for name, text in tables.items() for row in requests.read(text, file=name)]


def test_five_situations_are_shipped() -> None:
    assert [folder.name for folder in SITUATIONS] == [
        "employees-managed",
        "incident",
        "medical-reviewers",
        "public-photographs",
        "vendor-untrusted",
    ]


@pytest.mark.parametrize("folder", SITUATIONS, ids=lambda folder: folder.name)
def test_a_situations_own_tests_hold(folder: Path) -> None:
    policies, rows = _folder(folder)
    assert policies.errors == ()
    assert len(rows) >= 3
    assert {row.expect["decision"] for row in rows} == {"allow", "deny"}
    assert [outcome.differences for outcome in requests.run(rows, policies)] == [()] * len(rows)


def test_incident_mode_ends_what_any_other_situation_allows() -> None:
    incident, _ = _folder(next(folder for folder in SITUATIONS if folder.name == "incident"))
    assert not incident.errors
    for folder in SITUATIONS:
        texts = {
            f"{place.name}/{path.name}": path.read_text(encoding="utf-8")
            for place in {folder, folder.parent / "incident"}
            for path in place.glob("*.toml")
            if not path.name.endswith(".test.toml")
        }
        both = load_all(texts)
        assert not both.errors
        for outcome in requests.run(_folder(folder)[1], both):
            assert not outcome.decision.allowed or outcome.row.request.role == "admin"


WRONG_EXPECTATIONS = [
    ({"decision": "deny"}, "expected deny, got allow"),
    ({"decision": "allow", "policies": ["q"]}, "expected the policies q; these apply: p"),
    ({"decision": "allow", "rules": ["p require.mfa"]}, "expected the rule `p require.mfa`"),
    ({"decision": "allow", "controls": {"surface.copy": "allow"}}, "surface.copy: expected allow, got deny"),
    ({"decision": "allow", "controls": {"surface.copy": "x"}}, "surface.copy: `x` is not one of"),
]


@pytest.mark.parametrize(("expect", "text"), WRONG_EXPECTATIONS)
def test_a_wrong_expectation_fails_and_says_how(expect: dict[str, Any], text: str) -> None:
    table = json.dumps({"request": [{"person": {"roles": ["annotator"]}, "expect": expect}]})
    [outcome] = requests.run(
        requests.read(table, file="t.json"), _set(policy_text("p", {"surface.copy": "deny"}))
    )
    assert text in outcome.differences[0]


BAD_TABLES = [
    ("[[request]]\nperson = { roles = [] }\nexpct = {}", "`expct` is not a key of a request"),
    (
        "[[request]]\nperson = { roles = [], age = 7 }\nexpect = { decision = 'deny' }",
        "`age` is not a key of `person`",
    ),
    ("[[request]]\nperson = { roles = [] }", "`decision` is `nothing`"),
    ("[[request]]\nexpect = { decision = 2026-01-01 }", "`decision` is `2026-01-01`"),
    ("[[request]]\nexpect = { decision = 'deny', rules = 'x' }", "must be a list of rules, not text"),
    ("[[request]]\nexpect = { decision = 'deny', policies = 3 }", "must be a list of policies"),
    ("[[request]]\nexpect = { decision = 'deny', controls = [true] }", "must be a table as `controls`"),
    (
        "[[request]]\nperson = { roles = [] }\ntime = 2026-11-26T09:00:00\nexpect = { decision = 'deny' }",
        "no offset",
    ),
    (
        "[[request]]\nperson = { roles = [] }\ndevice = 'mine'\nexpect = { decision = 'deny' }",
        "`mine` is not one of",
    ),
    (
        "[[request]]\nperson = { roles = [] }\nexpect = { decision = 'deny', controls = { 'x.y' = 1 } }",
        "`x.y` is no field",
    ),
    ("policy = 'x'", "a table of requests is a list"),
    ("x", "can't be read"),
]


@pytest.mark.parametrize(("text", "cause"), BAD_TABLES)
def test_a_bad_table_is_named(text: str, cause: str) -> None:
    with pytest.raises(PolicyError) as caught:
        requests.read(text, file="t.toml")
    assert str(caught.value).startswith("t.toml: ")
    assert cause in str(caught.value)


def _was(duration_s: float, *, allowed: bool = True, **facts: Any) -> Recorded:
    request = Request(
        user="u", roles=("annotator",), groups=(), project="p", role="annotator", facts=Facts(**facts)
    )
    return Recorded(request=request, allowed=allowed, session="s", duration_s=duration_s)


def test_a_simulation_counts_what_would_have_been_refused_and_shortened() -> None:
    policies = _set(
        policy_text("p", {"session.max_duration": "1h", "require.networks": ["10.0.0.0/8"]}),
        policy_text(
            "q", {"require.hours": {"days": "mon-sun", "from": "08:00", "to": "18:00", "zone": "UTC"}}
        ),
    )
    day = 1_764_115_200.0  # midnight UTC
    was = [
        _was(3600, address="10.0.0.1", now=day + 9 * 3600),
        _was(3601, address="10.0.0.1", now=day + 9 * 3600),
        _was(1800, address="10.0.0.1", now=day + 17.75 * 3600),
        _was(10, address="11.0.0.1", now=day + 9 * 3600),
        _was(10, address="10.0.0.1", now=day + 7 * 3600),
        _was(0, allowed=False, address="10.0.0.1", now=day + 9 * 3600),
    ]
    outcome = simulate(was, policies)
    assert (
        outcome.says() == "2 of 5 sessions would have been refused, 2 shortened, 1 that were refused let in"
    )
    assert outcome.shortened[0].reasons == ("it lasted 3601 s, and 3600 s would have been allowed",)
    assert "is in no network" in outcome.refused[0].reasons[0]


def test_a_difference_says_what_changes_for_whom_and_which_way() -> None:
    before = _set(
        policy_text("p", {"surface.copy": "deny", "session.idle_lock": "9m"}, {"roles": ["annotator"]})
    )
    after = _set(
        policy_text("p", {"surface.copy": "allow", "session.idle_lock": "5m"}, {"roles": ["annotator"]}),
        policy_text("q", {}, {"roles": ["reviewer"], "groups": ["vendor-*"]}),
    )
    people = [
        Request(user=name, roles=(role,), groups=groups, project="x", role=role)
        for name, role, groups in (
            ("ada", "annotator", ()),
            ("bo", "annotator", ()),
            ("cy", "reviewer", ("vendor-1",)),
        )
    ]
    found = {change.field: change for change in diff(before, after, people)}
    assert set(found) == {"surface.copy", "session.idle_lock", "session"}
    assert (found["surface.copy"].before, found["surface.copy"].after) == ("deny", "allow")
    assert found["surface.copy"].loosens
    assert not found["session.idle_lock"].loosens
    assert found["surface.copy"].who == ("ada as annotator, project x", "bo as annotator, project x")
    assert (found["session"].before, found["session"].after) == ("no session", "a session")
    named = {change.field for change in diff(before, after, audiences(before, after))}
    assert named == set(found)
    assert diff(after, after, audiences(after)) == []


VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "path", sorted((ROOT / "deploy" / "policies").rglob("*.toml")), ids=lambda path: path.name
)
def test_the_schema_takes_what_is_shipped(path: Path) -> None:
    if not path.name.endswith(".test.toml"):
        VALIDATOR.validate(tomllib.loads(path.read_text(encoding="utf-8")))


@given(settings)
def test_the_schema_takes_what_the_language_takes(raw: dict[str, object]) -> None:
    text = policy_text("p", raw)
    assert not load_all({"p.toml": text}).errors
    VALIDATOR.validate(tomllib.loads(text))


@pytest.mark.parametrize(
    "settings_",
    [
        {"surface.copy": "denny"},
        {"session.idle_lock": "5min"},
        {"session.concurrent": 0},
        {"surface.key_rate": "9/h"},
        {"later.field": 1},
        {"surface.later": 1},
        {"require.countries": ["Germany"]},
        {"require.hours": {"days": "mon", "from": "8:00", "to": "9:00", "zone": "UTC"}},
    ],
)
def test_the_schema_refuses_what_the_language_refuses(settings_: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid(tomllib.loads(policy_text("p", settings_)))
