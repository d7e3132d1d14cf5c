"""Composition: its laws, and that it never widens."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st
from policy_texts import RAW, policies, policy

from policies.actions import Action
from policies.composing import compose
from policies.deciding import permits
from policies.fields import DEFAULTS, FIELDS, Field
from policies.model import Policy

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
