"""How to mask: the profile that a policy names."""

from typing import Annotated

import msgspec


class MaskingProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: as policies spell it. `known`: names and numbers of the project's roster, looked for in texts."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")] = "clinical-strict"
    known: tuple[str, ...] = ()


BASIC = MaskingProfile()
"""PS3.15 Basic Profile, which policies call `clinical-strict`: no option is used, so no date, institution, device or patient characteristic stays."""
