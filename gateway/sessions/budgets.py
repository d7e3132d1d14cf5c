"""The exposure budgets: how many items an hour and people a day, and what happens at their end."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.audit.events import EventCode
from gateway.sessions.controls import controls_of
from gateway.store import openings
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from gateway.store.openings import HOUR_S, Use
from gateway.store.sessions import SessionRow, event_of
from gateway.store.transaction import Transaction
from policies.controls import Controls
from policies.values import OnLimit

MOST_DELAY_S = 60.0  # a slowed person waits; they are not thrown out by their own idle time


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one more item may be opened: after `delay_s`, or not at all, and then why. `ask`: a reason would open it."""

    allowed: bool
    delay_s: float = 0.0
    ask: bool = False
    why: str = ""


def judge(controls: Controls, use: Use) -> Verdict:
    """Whether one more item may be opened by somebody who opened `use` already."""
    why = _spent(controls, use)
    if not why:
        return Verdict(allowed=True)
    match controls.on_limit:
        case OnLimit.SLOW:
            return Verdict(allowed=True, delay_s=min(MOST_DELAY_S, HOUR_S / controls.items_per_hour))
        case OnLimit.ASK:
            return Verdict(allowed=False, ask=True, why=f"{why} Say why you need more now, and go on.")
        case OnLimit.STOP:
            return Verdict(allowed=False, why=why)


def judge_opening(store: Store, session: SessionRow, item: ItemRow) -> Verdict:
    """Whether the person of `session` may be shown `item` now."""
    with store.read() as connection:
        use = openings.use(connection, session.user, item.id, item.subject, store.clock.now())
    return judge(controls_of(session), use)


def count_limit(store: Store, session: SessionRow, item: str) -> None:
    """Say in the audit log that a budget of `session` is used up at `item`."""
    with store.write() as tx:
        tx.append(event_of(session, EventCode.EXPOSURE_LIMIT, object=item, decision="deny"))


def count_opening(tx: Transaction, session: SessionRow, item: ItemRow) -> None:
    """Count `item` as one that the person of `session` was shown, and say so in the audit log."""
    openings.note(tx, session.user, item.id, item.subject)
    tx.append(
        event_of(session, EventCode.ITEM_OPEN, object=item.id, mask=item.masked_digest, decision="allow")
    )


def _spent(controls: Controls, use: Use) -> str:
    if use.items >= controls.items_per_hour:
        number, frees = controls.items_per_hour, _clock(use.item_frees)
        return f"Your session's policies allow {number} items an hour; the next one is free at {frees}."
    if use.subjects >= controls.subjects_per_day:
        number, frees = controls.subjects_per_day, _clock(use.subject_frees)
        return (
            f"Your session's policies allow pictures of {number} people a day; the next is free at {frees}."
        )
    return ""


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")
