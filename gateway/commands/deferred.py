"""Commands that are read when they are asked for: nobody who wants one waits for the modules of all the others."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from typer.core import TyperGroup
from typer.main import get_group

if TYPE_CHECKING:
    from typer._click import Command, Context  # typer has no public name for what it hands over


def deferred(places: Mapping[str, str]) -> type[TyperGroup]:
    """A group that, beside its own commands, has those of `places`: of each name the `module:group` that holds it or is it."""

    class Deferred(TyperGroup):
        def list_commands(self, ctx: "Context") -> list[str]:
            return [*super().list_commands(ctx), *places]

        def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
            if cmd_name not in places:
                return super().get_command(ctx, cmd_name)
            module, _, name = places[cmd_name].partition(":")
            group = get_group(getattr(import_module(f"gateway.commands.{module}"), name))
            command = group.commands.get(cmd_name, group)
            command.name = (
                cmd_name  # a whole group has no name of its own, and the help would list it nameless
            )
            return command

    return Deferred
