"""`session`: how long it lasts; `surface`: what the page lets out, and what it does when it notices something."""

from policies.domains import Choice, Count, Duration, Rate
from policies.table.field import Field
from policies.values import ControlKind, Cover, Devtools, Surface, TextDelivery

DAY_S = 86_400  # no session and no idle time lasts longer
MAX_CONCURRENT = 100  # sessions of one person at once

_ENFORCED, _DETERRED = ControlKind.ENFORCED, ControlKind.DETERRED
_SESSIONS, _MATRIX = "gateway/test_sessions_conditions.py", "journeys/test_exfiltration.py"

SESSION = (
    Field(
        path="session.idle_lock",
        attribute="idle_lock_s",
        domain=Duration(DAY_S),
        default="5m",
        kind=_ENFORCED,
        by="the server locks the session and stops its frames so long after the last input",
        shown_by="gateway/test_stream_machine.py",
    ),
    Field(
        path="session.max_duration",
        attribute="max_duration_s",
        domain=Duration(DAY_S),
        default="8h",
        kind=_ENFORCED,
        by="the server ends the session so long after its start",
        shown_by="gateway/test_stream_machine.py",
    ),
    Field(
        path="session.reauthenticate",
        attribute="reauthenticate_s",
        domain=Duration(DAY_S),
        default="24h",
        kind=_ENFORCED,
        by="the server locks the session so long after the person last proved who they are",
        shown_by=_SESSIONS,
    ),
    Field(
        path="session.concurrent",
        attribute="concurrent",
        domain=Count(MAX_CONCURRENT),
        default=1,
        kind=_ENFORCED,
        by="the server ends a person's oldest session when a new one would be one too many",
        shown_by=_SESSIONS,
    ),
)


def _surface(key: str, by: str) -> Field:
    return Field(
        path=f"surface.{key}",
        attribute=key,
        domain=Choice(Surface),
        default="deny",
        kind=_DETERRED,
        by=by,
        shown_by=_MATRIX,
    )


def _cover(key: str, by: str) -> Field:
    return Field(
        path=f"surface.{key}",
        attribute=key,
        domain=Choice(Cover),
        default="blank",
        kind=_DETERRED,
        by=by,
        shown_by=_MATRIX,
    )


SURFACE = (
    _surface("copy", "copy keys and the copy event are cancelled; a picture holds no selectable text"),
    _surface("paste", "paste keys and the paste event are cancelled"),
    _surface(
        "print", "print keys are cancelled and the page prints blank; the browser's own menu may ignore it"
    ),
    _surface(
        "download",
        "a response header, sent under every policy, has the browser refuse downloads that the page starts",
    ),
    _surface("context_menu", "the context menu's event is cancelled"),
    _surface("drag_out", "drag events are cancelled"),
    _surface("save", "save keys are cancelled"),
    Field(
        path="surface.text",
        attribute="text",
        domain=Choice(TextDelivery),
        default="pixels",
        kind=_ENFORCED,
        by="`pixels`: no character of a document is sent; `text`: that page's masked text too, without a mark, where a whole page may be seen",
        shown_by="journeys/test_reading.py",
    ),
    _cover(
        "on_focus_loss",
        "the page covers the picture when it is no longer in front; the frame has been sent by then",
    ),
    _cover(
        "on_hidden", "the page covers the picture when its tab is hidden; the frame has been sent by then"
    ),
    _cover(
        "on_capture_key",
        "the page covers the picture at a capture key; many never reach the page, and the frame has been sent by then",
    ),
    Field(
        path="surface.devtools",
        attribute="devtools",
        domain=Choice(Devtools),
        default="blank",
        kind=_DETERRED,
        by="the page guesses from its measures and its timing that they are open, and tells the server; a window of their own hides them",
        shown_by=_MATRIX,
    ),
    Field(
        path="surface.key_rate",
        attribute="key_rate_per_s",
        domain=Rate(1000, "s"),
        default="100/s",
        kind=_DETERRED,
        by="the page counts keys and tells the server of more; a changed page need not",
        shown_by=_MATRIX,
    ),
    Field(
        path="surface.paste_rate",
        attribute="paste_rate_per_min",
        domain=Rate(1000, "m"),
        default="10/m",
        kind=_DETERRED,
        by="the page counts pastes and tells the server of more; a changed page need not",
        shown_by=_MATRIX,
    ),
)
