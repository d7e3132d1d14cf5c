"""Composition: its laws, and that it never widens."""

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_texts import RAW, policies, policy, policy_text

from policies.actions import Action
from policies.composing import compose
from policies.conditions import Facts, unmet
from policies.deciding import Request, decide, permits
from policies.fields import DEFAULTS, FIELDS, Field
from policies.loading import load, load_all
from policies.model import Policy
from policies.values import Device, Mfa

some = st.lists(policies, max_size=6)


def test_without_policies_every_field_has_its_default_and_no_action_is_allowed() -> None:
    controls = compose([])
    assert {f.path: f.domain.spell(getattr(controls, f.attribute)) for f in FIELDS} == {
        f.path: f.default for f in FIELDS
    }
    assert not controls.actions


TEMPERED = {  # the strictest value would stop all work (a lock after 1 s, a black picture), so the default is a moderate one
    *(f.path for f in FIELDS if f.section in {"require", "exposure"}),
    *("session.idle_lock", "session.max_duration", "session.reauthenticate"),
    *("surface.devtools", "surface.key_rate", "surface.paste_rate"),
    *(
        f.path
        for f in FIELDS
        if f.section == "display" and f.path not in {"display.lossless", "display.values"}
    ),
    *("watermark.visible", "watermark.opacity", "watermark.forensic"),
    "approval.policy_change",
}


@given(
    st.sampled_from([f for f in FIELDS if f.path not in TEMPERED]).flatmap(
        lambda field: st.tuples(st.just(field), RAW[field.path])
    )
)
def test_any_other_default_is_the_strictest_value_there_is(drawn: tuple[Field, object]) -> None:
    field, raw = drawn
    assert field.domain.meet(DEFAULTS[field.path], field.domain.read(raw)) == DEFAULTS[field.path]


@given(some.flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))))
def test_the_order_of_policies_does_not_matter(drawn: tuple[list[Policy], list[Policy]]) -> None:
    assert compose(drawn[0]) == compose(drawn[1])


@given(some)
def test_saying_something_twice_changes_nothing(given_policies: list[Policy]) -> None:
    assert compose([*given_policies, *given_policies]) == compose(given_policies)


@given(some)
def test_each_field_is_the_meet_of_all_that_is_said_about_it(given_policies: list[Policy]) -> None:
    """The definition, spelled out without the columns that make it fast; associativity follows from it."""
    controls = compose(given_policies)
    for field in FIELDS:
        said = [p.settings[field.path] for p in given_policies if field.path in p.settings]
        expected = reduce(field.domain.meet, said) if said else DEFAULTS[field.path]
        assert getattr(controls, field.attribute) == expected


@given(some)
def test_the_composition_permits_nothing_that_a_part_denies(given_policies: list[Policy]) -> None:
    controls = compose(given_policies)
    for part in given_policies:
        for field in FIELDS:
            if field.path in part.settings:
                value = getattr(controls, field.attribute)
                assert field.domain.meet(value, part.settings[field.path]) == value
        denied = set(Action) - part.settings.get("allow.actions", set(Action))
        assert not any(permits(controls, action) for action in denied)


@given(some, policies)
def test_one_more_policy_never_loosens_what_was_said(given_policies: list[Policy], more: Policy) -> None:
    before, after = compose(given_policies), compose([*given_policies, more])
    for field in FIELDS:
        if any(field.path in part.settings for part in given_policies):
            old, new = getattr(before, field.attribute), getattr(after, field.attribute)
            assert field.domain.meet(old, new) == new


@given(some)
def test_a_policy_that_says_nothing_is_the_identity(given_policies: list[Policy]) -> None:
    assert compose([*given_policies, policy("silent")]) == compose(given_policies)


def test_a_policy_may_set_what_nobody_mentioned() -> None:
    strict, loose = (
        policy("a", {"surface.copy": "deny"}),
        policy("b", {"surface.copy": "allow", "surface.paste": "allow"}),
    )
    controls = compose([strict, loose])
    assert (controls.copy, controls.paste) == ("deny", "allow")


def test_an_empty_allow_list_takes_everything_away() -> None:
    one, none = policy("a", {"allow.actions": ["item.view"]}), policy("b", {"allow.actions": []})
    assert compose([one]).actions
    assert not compose([one, none]).actions


def merged(given_policies: list[Policy]) -> Policy:
    """One policy that says all that `given_policies` say."""
    said: dict[str, object] = {}
    for part in given_policies:
        for path, value in part.settings.items():
            meet = next(field.domain.meet for field in FIELDS if field.path == path)
            said[path] = meet(said[path], value) if path in said else value
    return replace(policy("merged"), settings=said)


@given(some, some)
def test_what_was_composed_composes_further(first: list[Policy], second: list[Policy]) -> None:
    assert compose([merged(first), merged(second)]) == compose([*first, *second])


# --- unset, empty, contradictory
EMPTY = {  # what an empty value of each list means: nobody and nothing, or no condition
    "require.credentials": "",
    "require.networks": "require.networks",
    "require.countries": "require.countries",
    "require.purposes": "require.purposes",
    "require.hours": "",
}


@pytest.mark.parametrize("path", EMPTY)
def test_an_empty_list_is_no_gap(path: str) -> None:
    """An empty list of what is allowed lets nobody in; one of what is required asks for nothing."""
    facts = Facts(mfa=Mfa.PASSKEY, address="198.51.100.7", country="DE", device=Device.MANAGED, now=1.8e9)
    missing = unmet(compose([policy("p", {path: []})]), "care", facts)
    assert "".join(miss.field for miss in missing) == EMPTY[path]


@pytest.mark.parametrize(
    "text",
    ["[surface]", "[allow]", "[require]\n[session]\n[display]\n[record]", "surface = {}", ""],
)
def test_an_empty_section_says_nothing(text: str) -> None:
    silent = load('policy = "p"\napplies_to.projects = ["*"]\n' + text + "\n", file="p.toml")
    assert compose([silent]) == compose([])


facts_ = st.builds(
    Facts,
    mfa=st.sampled_from(Mfa),
    credentials=st.frozensets(st.sampled_from(["nda", "hipaa-training", "background-check", "licence"])),
    address=st.sampled_from([None, "10.0.0.1", "10.200.0.1", "2001:db8::1", "no address"]),
    country=st.sampled_from([None, "DE", "FR", "US", "IN"]),
    device=st.sampled_from(Device),
    now=st.none() | st.floats(1.7e9, 1.9e9),
)


@given(some, facts_, st.sampled_from(["", "care", "research"]))
def test_who_comes_in_under_all_comes_in_under_each(
    given_policies: list[Policy], facts: Facts, purpose: str
) -> None:
    if not unmet(compose(given_policies), purpose, facts):
        assert not [part for part in given_policies if unmet(compose([part]), purpose, facts)]


AGAINST = [  # two policies that nobody can be under at once
    ("require.networks", ["10.0.0.0/9"], ["10.128.0.0/9"]),
    ("require.countries", ["DE"], ["FR"]),
    ("require.purposes", ["care"], ["research"]),
    (
        "require.hours",
        {"days": "mon-fri", "from": "08:00", "to": "12:00", "zone": "UTC"},
        {"days": "mon-fri", "from": "13:00", "to": "18:00", "zone": "UTC"},
    ),
]


@pytest.mark.parametrize(("path", "one", "other"), AGAINST)
@given(facts=facts_, purpose=st.sampled_from(["", "care", "research"]))
def test_policies_that_contradict_each_other_let_nobody_in(
    path: str, one: object, other: object, facts: Facts, purpose: str
) -> None:
    both = load_all({"a": policy_text("a", {path: one}), "b": policy_text("b", {path: other})})
    asked = Request(
        user="u", roles=("annotator",), groups=(), project="x", role="annotator", purpose=purpose, facts=facts
    )
    decision = decide(asked, both)
    assert not decision.allowed
    assert {reason.policy for reason in decision.reasons if reason.field == path} == {"a", "b"}


def test_actions_that_have_nothing_in_common_leave_none() -> None:
    one, other = policy("a", {"allow.actions": ["item.view"]}), policy("b", {"allow.actions": ["task.take"]})
    assert not compose([one, other]).actions
