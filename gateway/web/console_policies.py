"""The console's policies: what is in force, an editor that says what is wrong and whom it would bind, versions and approval."""

import difflib
import json
from datetime import UTC, datetime

from starlette.responses import JSONResponse, RedirectResponse, Response

from gateway.errors import GatewayError, Invalid
from gateway.sessions import drafting, versioning
from gateway.sessions.drafting import Draft
from gateway.store import policy_versions, users
from gateway.store.policy_versions import VersionRow
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.actions import Action
from policies.controls import Controls
from policies.deciding import permits

LISTED = 40  # sessions and changes that one page shows
NAMED = 8  # people, and sessions, that a policy names before the rest is folded


def policies(services: Services, visit: Visit) -> Response:
    """What is in force, what waits for approval, and every version before."""
    with services.store.read() as conn:
        rows = policy_versions.newest(conn)
        people = {row.author for row in rows} | {str(a["user"]) for row in rows for a in row.approvals}
        names = users.names_of(conn, people)
    controls = Controls.from_dict(visit.holder.controls)
    return services.page(
        "policies.html",
        session=visit.holder,
        at="policies",
        files=_files(services),
        most=NAMED,
        may_watch=permits(controls, Action.SESSION_WATCH),
        digest=services.sessions.book.current.digest,
        folder_errors=[str(error) for error in services.sessions.book.errors],
        versions=[_version(services, row, names) for row in rows],
        may_write=permits(controls, Action.POLICY_WRITE),
        may_approve=permits(controls, Action.POLICY_APPROVE),
        me=visit.holder.user,
        error=None,
    )


def _files(services: Services) -> list[dict[str, object]]:
    """Each file in force: its text, and whom it binds."""
    whom = drafting.binding(services.store, services.sessions.book.current)
    return [
        {"name": name, "text": text, "binds": whom.get(name)} for name, text in _in_force(services).items()
    ]


def editor(services: Services, visit: Visit) -> Response:
    """The editor, with the file that the address names or an empty one."""
    name = visit.query.get("file", "")
    return _editor(services, visit, name, _in_force(services).get(name, _EMPTY), None)


def check(services: Services, visit: Visit) -> Response:
    """What is wrong with a draft, as JSON: while one types."""
    draft = drafting.draft(_in_force(services), visit.form.get("file", ""), visit.form.get("text", ""))
    return JSONResponse(
        {
            "errors": [
                {"line": error.line, "key": error.key, "cause": error.cause}
                for error in draft.policies.errors
                if error.file == draft.file or error.line is None
            ]
        }
    )


def edit(services: Services, visit: Visit) -> Response:
    """The draft tried (`do=try`), proposed (`do=propose`) or its file taken away (`do=remove`)."""
    name, text, do = (visit.form.get(key, "") for key in ("file", "text", "do"))
    try:
        draft = drafting.draft(_in_force(services), name, None if do == "remove" else text)
    except Invalid as error:
        return _editor(services, visit, name, text, None, error=str(error))
    if do == "try" or draft.policies.errors:
        return _editor(services, visit, name, text, draft)
    try:
        versioning.propose(services.store, draft.files, visit.holder.user)
        services.sessions.book.refresh()
    except GatewayError as error:
        return _editor(services, visit, name, text, draft, error=str(error))
    return RedirectResponse("/admin/policies", 303)


def version(services: Services, visit: Visit) -> Response:
    """One version beside what is in force: its text line by line, and what changes for whom."""
    with services.store.read() as conn:
        row = policy_versions.by_digest(conn, visit.path["digest"])
        names = users.names_of(conn, [row.author, *(str(a["user"]) for a in row.approvals)]) if row else {}
    if row is None:
        raise Invalid("there is no such version of the policies")
    draft = drafting.whole(row.files)
    controls = Controls.from_dict(visit.holder.controls)
    return services.page(
        "version.html",
        session=visit.holder,
        at="policies",
        version=_version(services, row, names),
        lines=_lines(_in_force(services), row.files),
        effect=_effect(services, draft),
        may_approve=permits(controls, Action.POLICY_APPROVE) and row.author != visit.holder.user,
        mine=row.author == visit.holder.user,
        error=None,
    )


def approve(services: Services, visit: Visit) -> Response:
    """Say yes; back to the list."""
    versioning.approve(services.store, visit.path["digest"], visit.holder.user)
    services.sessions.book.refresh()
    return RedirectResponse("/admin/policies", 303)


def refuse(services: Services, visit: Visit) -> Response:
    """Say no, or take one's own proposal back."""
    versioning.refuse(services.store, visit.path["digest"], visit.holder.user)
    return RedirectResponse("/admin/policies", 303)


def _editor(
    services: Services, visit: Visit, name: str, text: str, draft: Draft | None, *, error: str | None = None
) -> Response:
    wrong = list(draft.policies.errors) if draft else []
    return services.page(
        "editor.html",
        session=visit.holder,
        status=400 if error or wrong else 200,
        at="policies",
        file=name,
        text=text,
        known=name in _in_force(services),
        errors=[{"line": e.line, "text": str(e)} for e in wrong],
        error_lines=json.dumps([e.line for e in wrong if draft and e.file == draft.file and e.line]),
        effect=_effect(services, draft) if draft and not wrong else None,
        error=error,
    )


def _effect(services: Services, draft: Draft) -> dict[str, object]:
    effect = drafting.effect(services.store, services.sessions.book, draft, days=30)
    outcome = effect.simulated
    changes = [*(("refused", c) for c in outcome.refused), *(("shortened", c) for c in outcome.shortened)]
    return {
        "binds": effect.people,
        "live": effect.sessions,
        "says": outcome.says(),
        "sessions": [
            {
                "how": how,
                "id": change.recorded.session,
                "user": change.recorded.request.user,
                "why": "; ".join(change.reasons),
            }
            for how, change in changes[:LISTED]
        ],
        "more": max(0, len(changes) - LISTED),
        "changes": effect.changes[:LISTED],
        "tests": effect.tests,
    }


def _in_force(services: Services) -> dict[str, str]:
    with services.store.read() as conn:
        digest = policy_versions.in_force(conn)
        row = policy_versions.by_digest(conn, digest) if digest else None
    return dict(row.files) if row else {}


def _version(services: Services, row: VersionRow, names: dict[str, str]) -> dict[str, object]:
    said = [
        {
            "user": names.get(str(a["user"]), str(a["user"])),
            "verdict": a["verdict"],
            "signed": versioning.verify(services.store, row, a),
        }
        for a in row.approvals
    ]
    return {
        "digest": row.digest,
        "state": row.state,
        "author": names.get(row.author, "the policies folder" if row.author == "system" else row.author),
        "author_id": row.author,
        "proposed": datetime.fromtimestamp(row.proposed, UTC).strftime("%Y-%m-%d %H:%M"),
        "needs": row.needs,
        "said": said,
        "files": sorted(row.files),
    }


def _lines(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str]]:
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, "").splitlines(), after.get(name, "").splitlines()
        for line in difflib.unified_diff(old, new, name, name, lineterm="", n=2):
            kind = {"+": "more", "-": "less", "@": "place"}.get(line[:1], "same")
            found.append({"kind": "file" if line.startswith(("+++", "---")) else kind, "text": line})
    return found


_EMPTY = 'policy = ""\napplies_to = { roles = ["annotator"], projects = ["*"] }\n\n[allow]\nactions = ["item.view"]\n'
