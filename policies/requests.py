"""Request tables: who asks, how and from where, and what the decision must be. They are a policy's tests.

    [[request]]
    name = "a vendor's annotator in office hours"
    person = { roles = ["annotator"], groups = ["vendor-a"], credentials = ["nda"], mfa = "passkey" }
    role = "annotator"                    # the first of the person's roles if left out
    project = "lung-ct"                   # outside all projects if left out
    purpose = "care"
    device = "known"
    network = "198.51.100.7"              # the client's address
    country = "DE"
    time = 2026-11-26T09:00:00+01:00      # or text of the same form (ISO 8601 with an offset)

    [request.expect]
    decision = "allow"                    # or "deny"
    policies = ["vendor-annotators"]      # exactly those that apply
    rules = ["vendor-annotators require.hours"]   # each is among the reasons: policy and field, or the field alone
    controls = { "surface.copy" = "deny", "session.idle_lock" = "5m" }

JSON holds the same: {"request": [...]}. Nothing unknown is ignored.
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policies.conditions import Facts, read_address, read_country
from policies.controls import Controls
from policies.deciding import Decision, Request, decide
from policies.errors import PolicyError, shown
from policies.fields import FIELD_AT
from policies.loading import PolicySet
from policies.raw import typed
from policies.values import Device, Mfa

_FIRST_YEAR, _LAST_YEAR = 1970, 9998  # in every time zone
_PERSON = ("name", "roles", "groups", "credentials", "mfa")
_REQUEST = ("name", "person", "role", "project", "purpose", "device", "network", "country", "time", "expect")
_EXPECT = ("decision", "policies", "rules", "controls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request of a table, and what is expected of it. `expect` holds some of `_EXPECT`."""

    file: str
    name: str
    request: Request
    expect: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A row, its decision, and how that differs from what was expected: nothing, if the test passed."""

    row: Row
    decision: Decision
    differences: tuple[str, ...]


def read(text: str, *, file: str) -> list[Row]:
    """The rows of a table in TOML, or JSON if `file` ends in `.json`. Errors: PolicyError, naming file and request."""
    try:
        document = (
            json.loads(text, object_pairs_hook=_once) if file.endswith(".json") else tomllib.loads(text)
        )
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"can't be read: {error}", file=file, line=None, key="") from error
    if (
        not isinstance(document, dict)
        or list(document) != ["request"]
        or not isinstance(document["request"], list)
    ):
        raise PolicyError(
            "a table of requests is a list `[[request]]`, and nothing else", file=file, line=None, key=""
        )
    rows = []
    for k, raw in enumerate(document["request"], 1):
        try:
            rows.append(_row(raw, file, k))
        except ValueError as error:
            raise PolicyError(str(error), file=file, line=None, key=f"request {k}") from error
    return rows


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, whose keys are there once, as TOML's are."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{shown(twice)} is there twice")
    return found


def run(rows: Iterable[Row], policies: PolicySet) -> list[Outcome]:
    """Every row's decision under `policies`, beside what was expected."""
    outcomes = []
    for row in rows:
        decision = decide(row.request, policies)
        outcomes.append(
            Outcome(row=row, decision=decision, differences=tuple(_differences(row.expect, decision)))
        )
    return outcomes


def _row(raw: object, file: str, k: int) -> Row:
    table = _table(raw, _REQUEST, "a request")
    expect = _table(table.get("expect"), _EXPECT, "`expect`")
    if expect.get("decision") not in {"allow", "deny"}:
        raise ValueError(f"`decision` is {shown(expect.get('decision'))}: expect `allow` or `deny`")
    _names(expect.get("policies", []), "policies")
    _names(expect.get("rules", []), "rules")
    for path in typed(expect.get("controls", {}), dict, "a table as `controls`"):
        if path not in FIELD_AT:
            raise ValueError(f"{shown(path)} is no field of a policy")
    return Row(
        file=file,
        name=typed(table.get("name", f"request {k}"), str, "text as `name`"),
        request=_request(table),
        expect=expect,
    )


def _request(table: Mapping[str, Any]) -> Request:
    person = _table(table.get("person"), _PERSON, "`person`")
    roles = _names(person.get("roles", []), "roles")
    return Request(
        user=typed(person.get("name", "somebody"), str, "text as the person's `name`"),
        roles=roles,
        groups=_names(person.get("groups", []), "groups"),
        project=_text(table, "project"),
        role=_text(table, "role") or (roles[0] if roles else ""),
        purpose=_text(table, "purpose") or "",
        facts=Facts(
            mfa=FIELD_AT["require.mfa"].domain.read(person.get("mfa", Mfa.NONE.value)),
            credentials=frozenset(_names(person.get("credentials", []), "credentials")),
            address=_fact(table, "network", read_address),
            country=_fact(table, "country", read_country),
            device=FIELD_AT["require.device"].domain.read(table.get("device", Device.ANY.value)),
            now=_time(table.get("time")),
        ),
    )


def _differences(expect: Mapping[str, Any], decision: Decision) -> Iterable[str]:
    got = "allow" if decision.allowed else "deny"
    if got != expect["decision"]:
        why = "; ".join(reason.text for reason in decision.reasons) if got == "deny" else "no rule denies it"
        yield f"expected {expect['decision']}, got {got}: {why}"
    if "policies" in expect and sorted(expect["policies"]) != sorted(decision.policies):
        yield f"expected the policies {', '.join(expect['policies']) or 'none'}; these apply: {', '.join(decision.policies) or 'none'}"
    for rule in expect.get("rules", ()):
        policy, _, field = rule.rpartition(" ")
        if not any(field == r.field and policy in {"", r.policy} for r in decision.reasons):
            yield f"expected the rule `{rule}` among the reasons"
    if decision.controls is not None:
        yield from _other_controls(expect.get("controls", {}), decision.controls)


def _other_controls(expected: Mapping[str, Any], controls: Controls) -> Iterable[str]:
    for path, value in expected.items():
        field = FIELD_AT[path]
        got = field.domain.spell(getattr(controls, field.attribute))
        try:
            wanted = field.domain.spell(field.domain.read(value))
        except ValueError as error:
            yield f"{path}: {error}"
            continue
        if wanted != got:
            yield f"{path}: expected {wanted}, got {got}"


def _table(raw: object, known: tuple[str, ...], what: str) -> dict[str, Any]:
    table = typed(raw, dict, f"a table as {what}") if raw is not None else {}
    for key in table:
        if key not in known:
            raise ValueError(
                f"{shown(key)} is not a key of {what}: {', '.join(f'`{name}`' for name in known)}"
            )
    return table


def _names(raw: object, what: str) -> tuple[str, ...]:
    names = typed(raw, list, f"a list of {what}")
    return tuple(typed(name, str, f"text in the list of {what}") for name in names)


def _text(table: Mapping[str, Any], key: str) -> str | None:
    raw = table.get(key)
    return None if raw is None else typed(raw, str, f"text as `{key}`")


def _fact(table: Mapping[str, Any], key: str, read: Callable[[str], str]) -> str | None:
    text = _text(table, key)
    return None if text is None else read(text)


def _time(raw: object) -> float | None:
    if raw is None:
        return None
    try:
        moment = (
            raw if isinstance(raw, datetime) else datetime.fromisoformat(typed(raw, str, "a time as `time`"))
        )
    except ValueError as error:
        raise ValueError(f"{shown(raw)} is not a time such as `2026-11-26T09:00:00+01:00`") from error
    if moment.tzinfo is None:
        raise ValueError(f"{shown(str(moment))} has no offset: write `Z` or `+01:00` after it")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"{shown(str(moment))} is out of range: the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return moment.timestamp()
