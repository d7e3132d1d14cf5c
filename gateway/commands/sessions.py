"""`isinglass session`."""

import typer
from rich.table import Table

from gateway.commands.opening import DEFAULT_DATA, Data, open_existing, open_sessions, out
from gateway.errors import GatewayError
from gateway.store import sessions

group = typer.Typer(no_args_is_help=True, help="Live sessions.")


@group.command("list")
def session_list(data: Data = DEFAULT_DATA) -> None:
    """Who looks at what now."""
    store = open_existing(data)
    with store.read() as conn:
        rows = sessions.live(conn, store.clock.now())
    table = Table("session", "user", "role", "item", "policies", "address", "state")
    for row in rows:
        seen = row.session
        table.add_row(
            seen.id,
            row.user_name,
            seen.role,
            row.item_title or "-",
            ", ".join(seen.policies),
            seen.address,
            seen.state,
        )
    out.print(table if rows else "no live sessions")
    store.close()


@group.command("end")
def session_end(session: str, data: Data = DEFAULT_DATA) -> None:
    """End a session; its picture is gone within a second."""
    store = open_existing(data)
    ended = open_sessions(data, store).end(session, "ended by an admin", by="system")
    store.close()
    if not ended:
        raise GatewayError(f"there is no live session `{session}`")
