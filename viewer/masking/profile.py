"""How to mask: the profile that a policy names."""

from typing import Annotated

import msgspec

from viewer.errors import MaskingError
from viewer.masking.options import Option


class MaskingProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: as policies spell it; `known`: names and numbers of the project's roster, looked for in texts.

    `options`: those of PS3.15 E.3 that are in force; `keep_faces`: of pictures and heads, where they are what is studied.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")] = "clinical-strict"
    known: tuple[str, ...] = ()
    options: frozenset[Option] = frozenset()
    keep_faces: bool = False

    def __post_init__(self) -> None:
        """Errors: ValueError for options that contradict each other."""
        both = {Option.RETAIN_FULL_DATES, Option.RETAIN_MODIFIED_DATES}
        if both <= self.options:
            raise ValueError("dates can be kept whole or moved, not both")


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    name: str
    keep_faces: bool = False
    options: dict[Option, bool] = {}


BASIC = MaskingProfile()
"""PS3.15 Basic Profile, which policies call `clinical-strict`: no option is used, so no date, institution, device or patient characteristic stays."""


def read_profile(text: str) -> MaskingProfile:
    """The profile written in TOML: a `name`, perhaps `keep-faces`, and a table `options` of flags. Errors: MaskingError, in the user's words."""
    try:
        written = msgspec.toml.decode(text, type=_Written)
        on = [option for option, value in written.options.items() if value]
        return msgspec.convert(
            {"name": written.name, "options": on, "keep_faces": written.keep_faces}, MaskingProfile
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise MaskingError(f"the masking profile is not valid: {error}") from error
