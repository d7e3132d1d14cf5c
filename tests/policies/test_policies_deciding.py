"""Decisions: who is bound by what, why, and that no input makes one fail."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_texts import EVERYBODY, policy_text, settings

from policies.actions import Action
from policies.composing import Reason, compose
from policies.conditions import unmet
from policies.deciding import Decision, Request, decide, may_open, permits
from policies.fields import FIELDS
from policies.loading import PolicySet, load_all


def _set(*texts: str) -> PolicySet:
    return load_all({f"{k}.toml": text for k, text in enumerate(texts)})


def _request(**changes: Any) -> Request:
    given_values = {
        "user": "u",
        "roles": ("annotator", "reviewer"),
        "groups": ("vendor-a", "night"),
        "project": "lung-ct",
    }
    return Request(**{"role": "annotator", **given_values, **changes})


MATCHING = [  # applies_to, change of the request, the list that does not fit
    ({"roles": ["annotator"]}, {}, None),
    ({"roles": ["admin", "annotator"]}, {}, None),
    ({"roles": ["anno*"]}, {}, None),
    ({"roles": ["*"]}, {}, None),
    ({"roles": ["Annotator"]}, {}, "roles"),
    ({"roles": ["annotat"]}, {}, "roles"),
    ({"roles": ["reviewer"]}, {}, "roles"),
    ({"roles": ["reviewer"]}, {"role": "reviewer"}, None),
    ({"groups": ["vendor-*"]}, {}, None),
    ({"groups": ["vendor-?"]}, {}, None),
    ({"groups": ["vendor-[ab]"]}, {}, None),
    ({"groups": ["vendor-[!ab]"]}, {}, "groups"),
    ({"groups": ["vendor"]}, {}, "groups"),
    ({"groups": ["day", "night"]}, {}, None),
    ({"groups": ["*"]}, {"groups": ()}, "groups"),
    ({"groups": ["vendor-*"]}, {"groups": ("x-vendor-a",)}, "groups"),
    ({"groups": ["vendor-*"]}, {"groups": ("vendor-\nx",)}, None),
    ({"groups": ["vendor"]}, {"groups": ("vendor\n",)}, "groups"),
    ({"groups": ["v?"]}, {"groups": ("vx\n",)}, "groups"),
    ({"projects": ["lung-*"]}, {}, None),
    ({"projects": ["head-*", "lung-ct"]}, {}, None),
    ({"projects": ["lung"]}, {}, "projects"),
    ({"projects": ["lung-*"]}, {"project": None}, "projects"),
    ({"projects": ["*"]}, {"project": None}, None),
    ({"projects": ["*"]}, {"project": ""}, None),
    ({"projects": ["?*"]}, {"project": None}, "projects"),
    ({"projects": ["a.c"]}, {"project": "abc"}, "projects"),
    ({"roles": ["annotator"], "groups": ["vendor-*"], "projects": ["lung-*"]}, {}, None),
    ({"roles": ["admin"], "groups": ["x"], "projects": ["x"]}, {}, "roles"),
    ({"roles": ["*"], "groups": ["x"], "projects": ["x"]}, {}, "groups"),
    ({"roles": ["*"], "groups": ["*"], "projects": ["x"]}, {}, "projects"),
    ({"purposes": ["research"]}, {"purpose": "research"}, None),
    ({"purposes": ["research"]}, {}, "purposes"),
    ({"purposes": ["*"]}, {}, None),
]


@pytest.mark.parametrize(("applies_to", "changes", "miss"), MATCHING)
def test_whom_a_policy_binds(
    applies_to: dict[str, object], changes: dict[str, Any], miss: str | None
) -> None:
    decision = decide(_request(**changes), _set(policy_text("p", applies_to=applies_to)))
    assert decision.allowed == (miss is None)
    assert decision.policies == (("p",) if miss is None else ())
    if miss is not None:
        assert (decision.reasons[1].policy, decision.reasons[1].field) == ("p", f"applies_to.{miss}")


def _denied(decision: Decision) -> bool:
    return (
        not decision.allowed
        and decision.controls is None
        and decision.policies == ()
        and bool(decision.reasons)
    )


def test_no_policies_no_session() -> None:
    decision = decide(_request(), load_all({}))
    assert _denied(decision)
    assert decision.reasons == (
        Reason(
            policy=None, field="applies_to", text="no policy applies to role `annotator` in project `lung-ct`"
        ),
    )
    assert decision.errors == ()


def test_a_role_that_the_user_does_not_have_is_denied() -> None:
    for roles in ((), ("reviewer",), "annotator"):
        decision = decide(_request(roles=roles), _set(policy_text("p")))
        assert _denied(decision)
        assert [r.field for r in decision.reasons] == ["role"]


def test_one_file_in_error_denies_everybody() -> None:
    decision = decide(_request(), _set(policy_text("good"), policy_text("bad", {"surface.copy": "x"})))
    assert _denied(decision)
    assert decision.errors == ("1.toml:3: surface.copy: `x` is not one of `deny`, `allow`",)
    assert "a policy file is in error" in decision.reasons[0].text


def test_reasons_say_who_set_each_control() -> None:
    policies = _set(
        policy_text("b", {"session.idle_lock": "5m", "allow.actions": ["item.view"], "surface.copy": "deny"}),
        policy_text(
            "a",
            {"session.idle_lock": "9m", "allow.actions": ["item.view", "task.take"], "surface.copy": "deny"},
        ),
        policy_text("elsewhere", {"session.idle_lock": "1s"}, {"projects": ["x"]}),
    )
    decision = decide(_request(), policies)
    assert decision.policies == ("a", "b")
    by_field = {
        path: [(r.policy, r.text) for r in decision.reasons if r.field == path]
        for path in ("session.idle_lock", "allow.actions", "surface.copy", "surface.paste")
    }
    assert by_field == {
        "session.idle_lock": [("b", "5m")],
        "allow.actions": [("a", "item.view, task.take"), ("b", "item.view")],
        "surface.copy": [("a", "deny")],
        "surface.paste": [(None, "deny (the default: no policy that applies says anything)")],
    }
    assert {r.field for r in decision.reasons} == {f.path for f in FIELDS}


def test_actions_without_a_rule_are_denied() -> None:
    decision = decide(_request(), _set(policy_text("p", {"allow.actions": ["item.view"]})))
    assert decision.controls is not None
    assert [a for a in Action if permits(decision.controls, a)] == [Action.ITEM_VIEW]


@pytest.mark.parametrize(
    ("profile", "masked", "may"),
    [
        ("clinical-strict", "clinical-strict", True),
        ("clinical-strict", "clinical-standard", False),
        ("clinical-standard", "clinical-strict", True),
        ("clinical-standard", "clinical-standard", True),
        ("clinical-standard", "research-dates", True),
        ("clinical-standard", "physics", False),
        ("research-dates", "clinical-strict", True),
        ("research-dates", "clinical-standard", False),
        ("research-dates", "physics", False),
        ("physics", "clinical-strict", True),
        ("physics", "physics", True),
        ("physics", "research-dates", False),
        ("clinical-standard", "unknown", False),
        ("clinical-standard", "", False),
    ],
)
def test_an_item_opens_only_if_it_is_masked_enough(profile: str, masked: str, may: bool) -> None:
    decision = decide(_request(), _set(policy_text("p", {"masking.profile": profile})))
    assert decision.controls is not None
    assert may_open(decision.controls, masked) == may


_names = st.sampled_from(["a", "b", "ab", "a-b", "*", "a*", "?", "[ab]", "a-?", "vendor"])
_plain = st.sampled_from(["a", "b", "ab", "a-b", "vendor", "vendors", "*", ""])
_audience = st.fixed_dictionaries(
    {},
    optional={
        key: st.lists(_names, min_size=1, max_size=3) for key in ("roles", "groups", "projects", "purposes")
    },
).filter(bool)
_drawn_policies = st.lists(st.tuples(_audience, settings), max_size=6)


@given(_drawn_policies, _plain, st.lists(_plain, max_size=3), st.none() | _plain, _plain)
def test_a_decision_is_the_composition_of_the_policies_that_fit(
    drawn: list[tuple[dict[str, list[str]], dict[str, object]]],
    role: str,
    groups: list[str],
    project: str | None,
    purpose: str,
) -> None:
    """Against the plain reading of the language: fnmatch per list, and composition of what is left."""
    policies = load_all({f"{k}.toml": policy_text(f"p{k}", raw, to) for k, (to, raw) in enumerate(drawn)})

    def fits(patterns: list[str] | None, names: list[str]) -> bool:
        return patterns is None or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    expected = [
        f"p{k}"
        for k, (to, _) in enumerate(drawn)
        if fits(to.get("roles"), [role])
        and fits(to.get("groups"), groups)
        and fits(to.get("projects"), [project or ""])
        and fits(to.get("purposes"), [purpose])
    ]
    request = Request(user="u", roles=[role], groups=groups, project=project, role=role, purpose=purpose)
    decision = decide(request, policies)
    controls = compose([p for p in policies.policies if p.name in expected])
    assert decision.policies == tuple(expected)
    if expected:
        lost = tuple(miss.field for miss in unmet(controls, purpose, request.facts))
        assert decision.lost == lost
        assert decision.allowed == (not lost)
        assert decision.controls == (None if lost else controls)
    else:
        assert _denied(decision)
        assert len(decision.reasons) == 1 + len(drawn)


_anything = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.lists(st.none() | st.text() | st.integers()),
    st.just(Ellipsis),
    st.just([[]]),
)
_two = _set(
    policy_text("p", applies_to={"roles": ["a*"], "groups": ["g"], "projects": ["*"]}),
    policy_text("q", applies_to=EVERYBODY),
)


@given(_anything, _anything, _anything, _anything)
def test_a_decision_never_raises(roles: Any, groups: Any, project: Any, role: Any) -> None:
    decision = decide(Request(user="u", roles=roles, groups=groups, project=project, role=role), _two)
    assert decision.allowed or _denied(decision)


def test_an_error_while_evaluating_denies_and_says_so() -> None:
    decision = decide(_request(groups=None), _two)
    assert _denied(decision)
    assert decision.errors == ("evaluation failed: TypeError",)
