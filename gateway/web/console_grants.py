"""The register of break-glass and unmask requests, for those who ask and for those who decide."""

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.responses import RedirectResponse, Response

from gateway.errors import Denied, GatewayError, Invalid
from gateway.sessions import granting, unmasking
from gateway.sessions.unmasking import Choice
from gateway.store import derivatives, grants, jobs, users
from gateway.store.grants import GrantRow
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.actions import Action
from policies.controls import Controls
from policies.deciding import permits

_SIDES = ("x", "y", "width", "height")
_MAY_ASK = {grants.BREAK_GLASS: Action.BREAK_GLASS, grants.UNMASK: Action.UNMASK_REQUEST}


def register(services: Services, visit: Visit) -> Response:
    """Every request, the newest first."""
    return _page(services, visit)


def decide(services: Services, visit: Visit) -> Response:
    """The second person's yes or no (`do=yes`, `do=no`), or the end of a grant (`do=end`)."""
    do, grant, by = visit.form.get("do", ""), visit.path["id"], visit.holder.user
    try:
        if do == "end":
            granting.end(services.store, grant, by)
        elif do in {"yes", "no"}:
            granting.decide(services.store, grant, by, yes=do == "yes")
        else:
            raise Invalid("say yes, no or end")
    except GatewayError as error:
        return _page(services, visit, error=str(error))
    return RedirectResponse("/admin/grants", 303)


def ask_page(services: Services, visit: Visit) -> Response:
    """The form, and one's own requests. `item`, `slice` (from 1): of which the masked regions are offered."""
    return _asking(services, visit)


def ask(services: Services, visit: Visit) -> Response:
    """A request, which a second person decides."""
    form, session = visit.form, visit.holder
    kind = form.get("kind", "")
    try:
        wanted = _MAY_ASK.get(kind)
        if wanted is None or not permits(Controls.from_dict(session.controls), wanted):
            raise Denied("your session's policies do not let you ask for that")
        granting.ask(
            services.store,
            kind=kind,
            user=session.user,
            reason=form.get("reason", ""),
            scope=granting.scope_of(form.get("scope", "")) if kind == grants.BREAK_GLASS else _region(form),
            hours=float(form.get("hours", "") or 0),
            project=session.project,
            item=form.get("item") or session.item,
        )
    except (GatewayError, ValueError) as error:
        return _asking(services, visit, error=str(error))
    return RedirectResponse("/ask", 303)


def _page(services: Services, visit: Visit, *, error: str | None = None) -> Response:
    return services.page(
        "grants.html",
        session=visit.holder,
        status=400 if error else 200,
        at="grants",
        rows=_rows(services, visit),
        may_decide=permits(Controls.from_dict(visit.holder.controls), Action.GRANT_APPROVE),
        error=error,
    )


def _asking(services: Services, visit: Visit, *, error: str | None = None) -> Response:
    controls = Controls.from_dict(visit.holder.controls)
    kinds = [kind for kind, action in _MAY_ASK.items() if permits(controls, action)]
    offer = _offer(services, visit) if grants.UNMASK in kinds else None
    return services.page(
        "ask.html",
        session=visit.holder,
        status=400 if error else 200,
        rows=[row for row in _rows(services, visit) if row["mine"]],
        kinds=kinds,
        form=visit.form,
        query=visit.query,
        offer=offer,
        error=error,
    )


def _offer(services: Services, visit: Visit) -> Choice | str | None:
    """What may be unmasked of the item and slice that are asked about; or why nothing; None if no item is open."""
    said = {**visit.query, **visit.form}
    item, number = said.get("item") or visit.holder.item, said.get("slice") or "1"
    if not item:
        return None
    if not number.isdecimal() or not int(number):
        return "a slice has a number from 1"
    try:
        return unmasking.choice(services.store, item, int(number) - 1, visit.holder.project)
    except GatewayError as error:
        return str(error)


def _region(form: Mapping[str, str]) -> dict[str, object]:
    """The scope that the form says: a slice from 1, and `x y width height` of a region. Errors: Invalid."""
    numbers = form.get("region", "").split()
    if len(numbers) != len(_SIDES) or not all(each.isdecimal() for each in (*numbers, form.get("slice", ""))):
        raise Invalid("choose one of the masked regions of a slice")
    sides = zip(_SIDES, map(int, numbers), strict=True)
    return {"frame": int(form["slice"]) - 1, **dict(sides)}


def _rows(services: Services, visit: Visit) -> list[dict[str, object]]:
    with services.store.read() as conn:
        found = grants.newest(conn)
        regions = [row.id for row in found if row.kind == grants.UNMASK]
        shown = {each.grant for each in derivatives.of_grants(conn, regions)}
        causes = {each: job.cause for each in regions if (job := jobs.by_id(conn, each)) and job.cause}
        names = users.names_of(conn, {r.user for r in found} | {r.decided_by for r in found if r.decided_by})
    return [
        _shown(row, names, visit.holder.user)
        | {"note": _note(row, causes.get(row.id), is_made=row.id in shown)}
        for row in found
    ]


def _note(row: GrantRow, cause: str | None, *, is_made: bool) -> str:
    """What a state leaves open of a region that is to be unmasked."""
    if cause is not None:
        return f"it could not be shown: {cause}"
    if row.kind == grants.UNMASK and row.state == grants.GRANTED:
        return "the region is shown" if is_made else "waits for intake to make the picture"
    return ""


def _shown(row: GrantRow, names: dict[str, str], me: str) -> dict[str, object]:
    scope = [f"{path} = {value}" for path, value in row.scope.items()]
    if row.kind == grants.UNMASK:
        part = row.scope
        scope = [
            f"slice {int(str(part['frame'])) + 1}, {part['width']} x {part['height']} px at {part['x']}, {part['y']}"
        ]
    return {
        "id": row.id,
        "kind": row.kind,
        "user": names.get(row.user, row.user),
        "mine": row.user == me,
        "reason": row.reason,
        "scope": scope,
        "item": row.item,
        "hours": f"{row.duration / 3600:g} h",
        "state": row.state,
        "asked": _time(row.asked),
        "by": names.get(row.decided_by or "", ""),
        "ends": _time(row.ends) if row.ends else "",
    }


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")
