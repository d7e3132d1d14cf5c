"""Every route of the server. A row without an access, or a handler without a row, does not exist."""

from gateway.web import (
    checking,
    console,
    console_audit,
    console_exposure,
    console_grants,
    console_people,
    console_policies,
    intake,
    noticing,
    pages,
    previewing,
    tainting,
    tracing,
)
from gateway.web.routing import Access, Row
from policies.actions import Action

POLICY_BODY_BYTES = 1 << 20  # a policy of 256 KiB, as a form writes it
_CONSOLE: tuple[Row, ...] = (
    Row(method="POST", path="/admin/ticket", access=Action.SESSION_WATCH, handler=pages.ticket),
    Row(
        method="GET",
        path="/admin/sessions/{id}",
        access=Action.SESSION_WATCH,
        handler=console.watch_session,
    ),
    Row(method="GET", path="/admin/people", access=Action.SESSION_WATCH, handler=console_people.people),
    Row(
        method="POST",
        path="/admin/people/{id}/change",
        access=Action.PEOPLE_WRITE,
        handler=console_people.change,
    ),
    Row(
        method="POST",
        path="/admin/people/{id}/grant",
        access=Action.PEOPLE_WRITE,
        handler=console_people.grant,
    ),
    Row(
        method="POST",
        path="/admin/people/{id}/revoke",
        access=Action.PEOPLE_WRITE,
        handler=console_people.revoke,
    ),
    Row(method="GET", path="/admin/policies", access=Action.POLICY_READ, handler=console_policies.policies),
    Row(
        method="GET", path="/admin/policies/edit", access=Action.POLICY_WRITE, handler=console_policies.editor
    ),
    Row(
        method="POST",
        path="/admin/policies/edit",
        access=Action.POLICY_WRITE,
        handler=console_policies.edit,
        body_bytes=POLICY_BODY_BYTES,
    ),
    Row(
        method="POST",
        path="/admin/policies/check.json",
        access=Action.POLICY_WRITE,
        handler=console_policies.check,
        body_bytes=POLICY_BODY_BYTES,
    ),
    Row(
        method="POST",
        path="/admin/policies/preview.json",
        access=Action.POLICY_WRITE,
        handler=previewing.preview,
        body_bytes=POLICY_BODY_BYTES,
    ),
    Row(
        method="GET",
        path="/admin/policies/{digest}",
        access=Action.POLICY_READ,
        handler=console_policies.version,
    ),
    Row(
        method="POST",
        path="/admin/policies/{digest}/approve",
        access=Action.POLICY_APPROVE,
        handler=console_policies.approve,
    ),
    Row(
        method="POST",
        path="/admin/policies/{digest}/refuse",
        access=Action.POLICY_APPROVE,
        handler=console_policies.refuse,
    ),
    Row(method="GET", path="/admin/grants", access=Action.SESSION_WATCH, handler=console_grants.register),
    Row(method="POST", path="/admin/grants/{id}", access=Action.GRANT_APPROVE, handler=console_grants.decide),
    Row(method="GET", path="/ask", access=Access.ACTIVE, handler=console_grants.ask_page),
    Row(method="POST", path="/ask", access=Access.ACTIVE, handler=console_grants.ask),
    Row(method="GET", path="/admin/exposure", access=Action.AUDIT_READ, handler=console_exposure.exposure),
    Row(method="GET", path="/admin/audit", access=Action.AUDIT_READ, handler=console_audit.search),
)

ROWS: tuple[Row, ...] = (
    Row(method="GET", path="/healthz", access=Access.PUBLIC, handler=pages.healthz),
    Row(method="GET", path=tainting.PATH, access=Access.PUBLIC, handler=tainting.pixel),
    Row(method="GET", path="/", access=Access.PUBLIC, handler=pages.home),
    Row(method="GET", path="/sign-in", access=Access.PUBLIC, handler=pages.sign_in_page),
    Row(method="POST", path="/sign-in", access=Access.PUBLIC, handler=pages.sign_in),
    Row(method="GET", path="/link/{token}", access=Access.PUBLIC, handler=pages.link_page),
    Row(method="POST", path="/link/{token}", access=Access.PUBLIC, handler=pages.link),
    Row(method="GET", path="/unlock", access=Access.KNOWN, handler=pages.unlock_page),
    Row(method="POST", path="/unlock", access=Access.KNOWN, handler=pages.unlock),
    Row(method="POST", path="/sign-out", access=Access.KNOWN, handler=pages.sign_out),
    Row(method="POST", path="/sign-out-everywhere", access=Access.KNOWN, handler=pages.sign_out_everywhere),
    Row(method="GET", path="/account", access=Access.ACTIVE, handler=pages.account_page),
    Row(method="POST", path="/account/password", access=Access.ACTIVE, handler=pages.set_password),
    Row(method="POST", path="/account/switch", access=Access.ACTIVE, handler=pages.switch),
    Row(method="GET", path="/work", access=Action.ITEM_VIEW, handler=pages.work),
    Row(method="POST", path="/ticket", access=Action.ITEM_VIEW, handler=pages.ticket),
    Row(method="POST", path="/signal", access=Access.ACTIVE, handler=noticing.notice),
    Row(method="GET", path="/admin", access=Action.SESSION_WATCH, handler=console.console),
    Row(
        method="GET", path="/admin/sessions.json", access=Action.SESSION_WATCH, handler=console.live_sessions
    ),
    Row(
        method="POST", path="/admin/sessions/{id}/end", access=Action.SESSION_END, handler=console.end_session
    ),
    Row(method="GET", path="/admin/items.json", access=Action.QUEUE_CHECK, handler=console.held_items),
    Row(method="GET", path="/intake", access=Access.ACTIVE, handler=intake.page),
    Row(method="GET", path="/intake.json", access=Access.ACTIVE, handler=intake.figures),
    Row(method="GET", path="/intake/{project}", access=Access.ACTIVE, handler=intake.project_page),
    Row(method="GET", path="/items/{item}", access=Access.ACTIVE, handler=intake.report_page),
    Row(method="GET", path="/items/{item}/report.json", access=Access.ACTIVE, handler=intake.report),
    Row(method="GET", path="/check", access=Action.QUEUE_CHECK, handler=checking.queue),
    Row(method="GET", path="/check/{item}", access=Action.QUEUE_CHECK, handler=checking.item_page),
    Row(
        method="POST",
        path="/check/{item}/{frame:int}/{crop:int}",
        access=Action.QUEUE_CHECK,
        handler=checking.crop,
    ),
    Row(method="POST", path="/check/{item}/approve", access=Action.ITEM_RELEASE, handler=checking.approve),
    Row(
        method="POST",
        path="/check/{item}/approve-layout",
        access=Action.ITEM_RELEASE,
        handler=checking.approve_layout,
    ),
    Row(method="GET", path="/admin/audit.json", access=Action.AUDIT_READ, handler=console.audit_state),
    Row(
        method="POST",
        path="/admin/sessions/{id}/tell",
        access=Action.SESSION_END,
        handler=console.tell_session,
    ),
    Row(
        method="POST",
        path="/admin/sessions/{id}/blank",
        access=Action.SESSION_END,
        handler=console.blank_session,
    ),
    Row(method="GET", path="/admin/trace", access=Action.AUDIT_READ, handler=tracing.page),
    Row(
        method="POST",
        path="/admin/trace",
        access=Action.AUDIT_READ,
        handler=tracing.trace,
        upload_bytes=tracing.UPLOAD_BYTES,
    ),
    *_CONSOLE,
)
