"""A draft of the policies: the set in force with one file changed, and what it would do before it binds anybody."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.errors import Invalid
from gateway.sessions import reading, recording
from gateway.sessions.book import PolicyBook
from gateway.sessions.following import decide_again, read_known
from gateway.store import projects, sessions, users
from gateway.store.opening import Store
from gateway.store.projects import ProjectRow
from gateway.store.sessions import LiveSession
from gateway.store.users import UserRow
from policies import requests
from policies.deciding import Request, bound
from policies.differing import Change, diff
from policies.errors import PolicyError
from policies.loading import PolicySet, load_all
from policies.simulating import Outcome, simulate

_FILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}\.toml")
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A set of files that is not in force; `file` is the one that was edited."""

    file: str
    files: dict[str, str]
    policies: PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a draft would do. `people`: whom the edited policy binds, or any of the set; `sessions`: live ones that it would end or change, in words."""

    people: list[str]
    sessions: list[str]
    simulated: Outcome
    changes: list[Change]
    tests: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Whom `policy` binds: the names of `people`, whether they are here or not, and the `live` sessions."""

    policy: str
    people: list[str]
    live: list[LiveSession]


def draft(in_force: Mapping[str, str], file: str, text: str | None) -> Draft:
    """The files in force with `file` as `text`, or without it (None). Errors: Invalid for a name that is no file's."""
    if not _FILE.fullmatch(file) or file.endswith((".test.toml",)):
        raise Invalid(
            "a policy's file is called like `vendor-annotators.toml`: small letters, digits, `.`, `_`, `-`"
        )
    files = {**in_force, file: (text or "").replace("\r\n", "\n")}
    if text is None:
        del files[file]
    return Draft(file=file, files=files, policies=load_all(files))


def whole(files: Mapping[str, str]) -> Draft:
    """A draft of other files altogether."""
    return Draft(file="", files=dict(files), policies=load_all(files))


def effect(store: Store, book: PolicyBook, drafted: Draft, *, days: int) -> Effect:
    """What `drafted` would change for people, for live sessions, for the sessions of the last `days`, and for its tests."""
    now = store.clock.now()
    with store.read() as conn:
        people, known = users.all_users(conn), projects.all_projects(conn)
        live = sessions.live(conn, now)
    asked = _everybody(people, known)
    facts = read_known(store, [row.session for row in live])
    told = []
    for row in live:
        decision = decide_again(drafted.policies, row.session, facts)
        if decision.controls is None:
            told.append(f"{row.user_name} ({row.session.id}) would end: {decision.reasons[0].text}")
        elif decision.controls.to_dict() != row.session.controls:
            told.append(f"{row.user_name} ({row.session.id}) would get other controls")
    named = next((p.name for p in drafted.policies.policies if p.file == drafted.file), None)
    binds = []
    for request in asked:
        settled = bound(request, drafted.policies)
        if settled is not None and (named is None or named in settled.names):
            binds.append(request.user)
    return Effect(
        people=sorted(set(binds)),
        sessions=told,
        simulated=simulate(recording.from_log(store, now - days * DAY_S), drafted.policies),
        changes=diff(book.current, drafted.policies, asked),
        tests=_tests(book, drafted.policies),
    )


def binding(store: Store, policies: PolicySet) -> dict[str, Binding]:
    """Whom each of `policies`, which are in force, binds: by its file."""
    with store.read() as conn:
        people, known = users.all_users(conn), projects.all_projects(conn)
        live = sessions.live(conn, store.clock.now())
    whom: dict[str, set[str]] = {policy.name: set() for policy in policies.policies}
    for request in _everybody(people, known):
        settled = bound(request, policies)
        for name in settled.names if settled is not None else ():
            whom[name].add(request.user)
    return {
        policy.file: Binding(
            policy=policy.name,
            people=sorted(whom[policy.name]),
            live=[row for row in live if policy.name in row.session.policies],
        )
        for policy in policies.policies
    }


def _everybody(people: Sequence[UserRow], known: Sequence[ProjectRow]) -> list[Request]:
    """What each of `people` may ask for: each role in each project."""
    return [
        Request(
            user=user.name, roles=tuple(user.roles), groups=tuple(user.groups), project=project, role=role
        )
        for user in people
        for role in user.roles
        for project in ([None] if role == "admin" else [project.name for project in known])
    ]


def _tests(book: PolicyBook, policies: PolicySet) -> list[str]:
    """What the request tables in the policies folder say of `policies`, a line each."""
    lines = []
    for path in reading.table_files(book.folder) if book.folder.is_dir() else ():
        try:
            outcomes = requests.run(requests.read(reading.read(path), file=path.name), policies)
        except PolicyError as error:
            lines.append(f"FAIL {error}")
            continue
        lines += [
            f"FAIL {o.row.name}: {'; '.join(o.differences)}" if o.differences else f"ok {o.row.name}"
            for o in outcomes
        ]
    return lines
