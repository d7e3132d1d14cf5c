"""Every route of the server. A row without an access, or a handler without a row, does not exist."""

from gateway.web import checking, console, pages, tainting
from gateway.web.routing import Access, Row
from policies.actions import Action

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
    Row(method="GET", path="/admin", access=Action.SESSION_WATCH, handler=console.console),
    Row(
        method="GET", path="/admin/sessions.json", access=Action.SESSION_WATCH, handler=console.live_sessions
    ),
    Row(
        method="POST", path="/admin/sessions/{id}/end", access=Action.SESSION_END, handler=console.end_session
    ),
    Row(method="GET", path="/admin/items.json", access=Action.QUEUE_CHECK, handler=console.held_items),
    Row(method="GET", path="/check", access=Action.QUEUE_CHECK, handler=checking.queue),
    Row(method="GET", path="/check/{item}", access=Action.QUEUE_CHECK, handler=checking.item_page),
    Row(
        method="GET",
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
)
