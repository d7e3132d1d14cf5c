"""Where a person may work: each role and project, with the decision on it; and what a decision is made from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.sessions.granting import grants_of
from gateway.sessions.recording import asked
from gateway.store import credentials, projects
from gateway.store.opening import Store
from gateway.store.users import UserRow
from policies.conditions import Facts
from policies.deciding import Decision, Request
from policies.granting import decide_granted
from policies.loading import PolicySet
from policies.values import Device, Mfa

_ROLE_ORDER = ("annotator", "reviewer", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a request came from. `country`: two letters, if a proxy or a database said. `device`: what is known of it."""

    address: str
    agent: str
    country: str | None = None
    device: Device = Device.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A role in a project that a person may work in, and the decision that says so."""

    role: str
    project: str | None  # id; None for work that is not in one project (the console)
    project_name: str
    request: Request
    decision: Decision


def considered(
    store: Store, policies: PolicySet, user: UserRow, visitor: Visitor, mfa: Mfa = Mfa.NONE
) -> Iterator[Place]:
    """Every place of `user`, the most ordinary role first, for no purpose first and then for each that a policy names."""
    now = store.clock.now()
    with store.read() as conn:
        known = projects.all_projects(conn)
        held = credentials.of_users(conn, [user.id])[user.id]
    grants = grants_of(store, [user.id], now)[user.id]
    facts = Facts(
        mfa=mfa,
        credentials=frozenset(row.name for row in held if row.valid(now)),
        address=visitor.address,
        country=visitor.country,
        device=visitor.device,
        now=now,
    )
    for role in sorted(user.roles, key=_rank):
        options: list[tuple[str | None, str]] = [(p.id, p.name) for p in known]
        for project, name in [(None, "")] if role == "admin" else options:
            for purpose in ("", *purposes(policies)):
                request = Request(
                    user=user.name,
                    roles=tuple(user.roles),
                    groups=tuple(user.groups),
                    project=name,
                    role=role,
                    purpose=purpose,
                    facts=facts,
                )
                decision = decide_granted(
                    request, policies, [g for g in grants if g.project in {None, project}]
                )
                yield Place(role=role, project=project, project_name=name, request=request, decision=decision)


def purposes(policies: PolicySet) -> list[str]:
    """The purposes that `policies` tell apart."""
    named = {name for p in policies.policies for name in p.applies_to.purposes or ()}
    for policy in policies.policies:
        named |= policy.settings.get("require.purposes", frozenset())
    return sorted(name for name in named if not set("*?[") & set(name))


def reasons(place: Place) -> dict[str, object]:
    """What was asked, and the decision with its reasons, as an audit payload keeps it."""
    decision = place.decision
    return {
        "asked": asked(place.request),
        "policies": list(decision.policies),
        "reasons": [[reason.policy, reason.field, reason.text] for reason in decision.reasons],
        "errors": list(decision.errors),
    }


def why(refused: Iterable[Place]) -> str:
    """Why there is no place among `refused`, in a person's words."""
    places = list(refused)
    texts = [reason.text for place in places for reason in place.decision.reasons]
    texts += [error for place in places for error in place.decision.errors]
    return "; ".join(dict.fromkeys(texts)) or "you have no role in any project"


def _rank(role: str) -> int:
    return _ROLE_ORDER.index(role) if role in _ROLE_ORDER else len(_ROLE_ORDER)
