"""A person is erased: keys first, then rows, then objects. What was written in the audit log still verifies.

The data key of the subject is destroyed, so every masked frame, offset map and audit payload that it sealed opens no
more, in backups too. The sealed originals are deleted here; a backup of the object store still holds them, sealed to
the intake key, until it is rotated.
"""

from dataclasses import dataclass

from gateway.audit.events import SYSTEM, Details, Event, EventCode
from gateway.errors import NotFound
from gateway.store import derivatives, erasures, grants, projects, subjects
from gateway.store.opening import Store
from viewer.masking.pseudonyms import derive_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is erased, or would be: counts. `annotations`: how many there are on its items, and whether they go."""

    subject: str
    originals: int
    items: int
    objects: int
    payloads: int
    annotations: int
    annotations_go: bool


def pseudonym_of(store: Store, project: str, patient: str, issuer: str = "") -> str:
    """The subject that files of this patient are kept under in `project`. Errors: NotFound."""
    with store.read() as connection:
        row = projects.by_name(connection, project)
    if row is None:
        raise NotFound(f"there is no project `{project}`")
    return derive_keys(store.keys.pseudonym, row.id).person(issuer, patient)


def look(store: Store, subject: str, *, annotations: bool = False) -> Erasure:
    """What `erase` would take away. Errors: NotFound if there is no such subject."""
    with store.read() as connection:
        chosen = erasures.items_of(connection, subject)
        files = erasures.originals_of(connection, subject)
        if not files and not subjects.exists(connection, subject):
            raise NotFound(f"there is no subject `{subject}`")
        return Erasure(
            subject=subject,
            originals=len(files),
            items=len(chosen),
            objects=len(erasures.objects_of(connection, chosen)),
            payloads=0,
            annotations=erasures.count_work(connection, chosen),
            annotations_go=annotations,
        )


def erase(store: Store, subject: str, by: str = SYSTEM, *, annotations: bool = False) -> Erasure:
    """Erase `subject`; with `annotations`, what was drawn on their items as well. Doing it again finishes what was cut off.

    Errors: NotFound if there is no such subject; StoreError, and then it has to be done again.
    """
    found = look(store, subject, annotations=annotations)
    with store.read() as connection:
        chosen = erasures.items_of(connection, subject)
        doomed = [*erasures.objects_of(connection, chosen)]
        doomed += [key for _, key in erasures.originals_of(connection, subject) if key]
    # The objects before their rows: nobody could find them afterwards, if this is cut off in between.
    with store.write() as tx:
        for owner in [subject, *_unmasked(store, chosen)]:
            erasures.destroy_key(tx, owner)
        payloads = erasures.destroy_payloads(tx, subject)
        details = Details(count=found.items)
        tx.append(Event(code=EventCode.SUBJECT_ERASE, actor=by, object=subject, details=details))
    for key in doomed:
        store.objects.delete(key)
    with store.write() as tx:
        erasures.drop_pictures(tx, subject, chosen)
        drawn = erasures.drop_work(tx, chosen) if annotations else 0
        for item in chosen:
            grants.end_unmasking(tx, item, SYSTEM)
        details = Details(count=len(doomed), first=found.originals, last=drawn)
        tx.append(Event(code=EventCode.SUBJECT_ERASED, actor=by, object=subject, details=details))
    return Erasure(
        subject=subject,
        originals=found.originals,
        items=found.items,
        objects=found.objects,
        payloads=payloads,
        annotations=found.annotations,
        annotations_go=annotations,
    )


def _unmasked(store: Store, chosen: list[str]) -> list[str]:
    """The keys of what was unmasked of the items `chosen`."""
    with store.read() as connection:
        rows = [row for item in chosen for row in derivatives.of_item(connection, item)]
    return sorted({row.subject for row in rows if row.grant is not None})
