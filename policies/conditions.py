"""The conditions of entering and staying: what must be so about the person, the machine, the place and the time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from policies.controls import Controls
from policies.errors import shown
from policies.hours import opens
from policies.networks import holds
from policies.sets import ANY
from policies.values import Device, Mfa

_MFA, _DEVICE = list(Mfa), list(Device)
_COUNTRY = re.compile("[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How and from where somebody is here. What is not known fulfils no condition.

    `credentials`: those that are valid at `now`. `address`: of the client, as text. `country`: ISO 3166-1, two
    letters. `now`: UTC seconds.
    """

    mfa: Mfa = Mfa.NONE
    credentials: frozenset[str] = frozenset()
    address: str | None = None
    country: str | None = None
    device: Device = Device.ANY
    now: float | None = None


UNKNOWN = Facts()


def read_address(text: str) -> str:
    """`text` if it is an IP address. Errors: ValueError."""
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ValueError(f"{shown(text)} is not an address such as `198.51.100.7`") from error


def read_country(text: str) -> str:
    """`text` if it may be a country. Errors: ValueError."""
    if not _COUNTRY.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a country of two capital letters, such as `DE`")
    return text


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition that does not hold: its path, and why in a person's words."""

    field: str
    text: str


def unmet(controls: Controls, purpose: str, facts: Facts) -> tuple[Unmet, ...]:
    """The conditions of `controls` that do not hold, in the order of the table."""
    return tuple(
        [Unmet(path, text) for path, asks in _CONDITIONS if (text := asks(controls, purpose, facts))]
    )


def _mfa(controls: Controls, _purpose: str, facts: Facts) -> str | None:
    if controls.require_mfa is Mfa.NONE or _MFA.index(facts.mfa) <= _MFA.index(controls.require_mfa):
        return None
    return f"signing in needs `{controls.require_mfa}`, and this session has `{facts.mfa}`"


def _credentials(controls: Controls, _purpose: str, facts: Facts) -> str | None:
    if controls.require_credentials <= facts.credentials:
        return None
    missing = sorted(controls.require_credentials - facts.credentials)
    return f"no valid credential {', '.join(f'`{name}`' for name in missing)}"


def _networks(controls: Controls, _purpose: str, facts: Facts) -> str | None:
    if controls.require_networks == _ANYWHERE or holds(controls.require_networks, facts.address):
        return None
    return f"the address `{facts.address or 'unknown'}` is in no network that is allowed"


def _countries(controls: Controls, _purpose: str, facts: Facts) -> str | None:
    if ANY in controls.require_countries or facts.country in controls.require_countries:
        return None
    return f"the country `{facts.country or 'unknown'}` is not one that is allowed"


def _hours(controls: Controls, _purpose: str, facts: Facts) -> str | None:
    return None if opens(controls.require_hours, facts.now) else "it is outside the hours that are allowed"


def _device(controls: Controls, _purpose: str, facts: Facts) -> str | None:
    if controls.require_device is Device.ANY or _DEVICE.index(facts.device) <= _DEVICE.index(
        controls.require_device
    ):
        return None
    return f"the machine must be `{controls.require_device}`, and this one is `{'unknown' if facts.device is Device.ANY else facts.device}`"


def _purposes(controls: Controls, purpose: str, _facts: Facts) -> str | None:
    if ANY in controls.require_purposes or purpose in controls.require_purposes:
        return None
    return f"the purpose `{purpose or 'none'}` is not one that is allowed"


_ANYWHERE = ((4, 0, 2**32 - 1), (6, 0, 2**128 - 1))
_CONDITIONS: tuple[tuple[str, Callable[[Controls, str, Facts], str | None]], ...] = (
    ("require.mfa", _mfa),
    ("require.credentials", _credentials),
    ("require.networks", _networks),
    ("require.countries", _countries),
    ("require.hours", _hours),
    ("require.device", _device),
    ("require.purposes", _purposes),
)
