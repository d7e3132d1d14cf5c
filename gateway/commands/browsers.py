"""`isinglass managed-browser`."""

import json
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.commands.opening import out
from gateway.errors import GatewayError
from policies.browser import Browser, browser_policy
from policies.composing import compose
from policies.loading import load_all

group = typer.Typer()


@group.command("managed-browser")
def managed_browser(
    policy: Annotated[Path, typer.Argument(help="A session policy (TOML).")],
    origin: Annotated[str, typer.Option("--origin", help="Where the workstation is, as browsers call it.")],
    browser: Annotated[Browser, typer.Option("--browser")] = Browser.CHROME,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write it here; without it, it is printed.")
    ] = None,
) -> None:
    """Write the policy file with which a managed Chrome or Edge enforces what a page can only ask for."""
    where = urlsplit(origin)
    if where.scheme not in {"https", "http"} or not where.netloc or where.path.strip("/"):
        raise GatewayError(f"`{origin}` is not an origin such as `https://work.example.org`")
    try:
        text = policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GatewayError(f"`{policy}` can't be read as UTF-8 text") from error
    loaded = load_all({str(policy): text})
    if loaded.errors:
        raise GatewayError(str(loaded.errors[0]))
    controls = compose(loaded.policies)
    content = json.dumps(browser_policy(controls, origin.rstrip("/"), browser), indent=2) + "\n"
    if out_file is None:
        typer.echo(content, nl=False)
        return
    try:
        out_file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise GatewayError(f"`{out_file}` can't be written: {error.strerror}") from error
    out.print(f"written to `{out_file}`")
