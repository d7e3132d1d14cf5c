"""How a person signed in."""

from enum import StrEnum


class SignInMethod(StrEnum):
    """Each has its audit code, `signin.<method>`. A provider (OIDC) or a passkey is one more row here."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105  the method's name
