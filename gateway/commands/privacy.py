"""`isinglass erase`: a person's scans, keys and masked pictures are gone."""

from typing import Annotated

import typer

from gateway.commands.opening import DEFAULT_DATA, Data, open_existing, out
from gateway.errors import GatewayError
from gateway.privacy import erasing
from gateway.privacy.erasing import Erasure

group = typer.Typer()


@group.command()
def erase(  # noqa: PLR0913, PLR0917 - each is an option
    subject: Annotated[
        str, typer.Option("--subject", help="The pseudonym, as reports and exports name it.")
    ] = "",
    patient: Annotated[str, typer.Option("--patient", help="Instead: the PatientID of the files.")] = "",
    issuer: Annotated[str, typer.Option("--issuer", help="Of the PatientID, if the files name one.")] = "",
    project: Annotated[str, typer.Option("--project", help="In which the PatientID is looked up.")] = "",
    annotations: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--annotations", help="What was drawn on their items goes too.")
    ] = False,
    dry_run: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--dry-run", help="Only say what would go.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Erase a person: originals, masked pictures, keys, audit payloads. The audit log still verifies."""
    if bool(subject) == bool(patient) or (patient and not project):
        raise GatewayError("name either --subject, or --patient and --project")
    store = open_existing(data)
    who = subject or erasing.pseudonym_of(store, project, patient, issuer)
    if dry_run:
        _say("would be erased", erasing.look(store, who, annotations=annotations))
    else:
        _say("erased", erasing.erase(store, who, annotations=annotations))
    store.close()


def _say(done: str, found: Erasure) -> None:
    drawn = "go too" if found.annotations_go else "stay, without a picture"
    out.print(
        f"`{found.subject}`: {found.originals} originals, {found.items} items with {found.objects} masked pictures "
        f"{done}; {found.annotations} annotations {drawn}",
        markup=False,
        soft_wrap=True,
    )
