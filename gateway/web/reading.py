"""The text of a page that a session is shown: looked up among the sealed letters, and filed before it leaves."""

from gateway.audit.events import Details, EventCode
from gateway.store import items, page_texts, readings
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow, event_of
from gateway.stream.effects import Reading, ReadPage
from gateway.stream.replies import Page

NOT_KEPT = (
    "The text of this document isn't kept: it was taken in before texts were. Have it masked anew to read it."
)
CHANGED = "This document was masked anew meanwhile: open it again to read it."


def find_page(store: Store, asked: ReadPage) -> Page:
    """The letters that the page on screen shows, if it is one of a released item as it is now. Errors: StoreError."""
    with store.read() as connection:
        item = items.item_by_id(connection, asked.item)
        frame = items.frame(connection, asked.item, asked.frame)
    text, why = None, CHANGED
    if (
        item is not None
        and item.state == items.RELEASED
        and frame is not None
        and frame.digest == asked.digest
    ):
        text, why = page_texts.of_original(store, frame.original).get(asked.digest), NOT_KEPT
    return Page(item=asked.item, frame=asked.frame, text=text, why="" if text is not None else why)


def file_reading(store: Store, session: SessionRow, reading: Reading) -> None:
    """Have it in the audit log and in the ledger that the text of a page goes out to `session`. Errors: StoreError."""
    with store.write() as tx:
        index = tx.append(
            event_of(
                session,
                EventCode.EXPOSURE_TEXT,
                object=reading.item,
                mask=reading.digest,
                details=Details(page=reading.page, size=reading.size),
            )
        )
        readings.add(
            tx,
            readings.Reading(
                audit_index=index,
                session=session.id,
                item=reading.item,
                page=reading.page,
                digest=reading.digest,
                time=reading.time,
            ),
        )
