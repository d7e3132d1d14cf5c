"""`require` and `allow`: who gets in and stays in, and what they may do there. `approval`: who may change that."""

from policies.domains import Choice
from policies.hours import Hours
from policies.networks import Networks
from policies.sets import COUNTRIES, PURPOSES, Actions, Required
from policies.table.field import Field
from policies.values import ControlKind, Device, LeakTest, Mfa, Persons

_ENFORCED = ControlKind.ENFORCED
_CONDITIONS = "gateway/test_sessions_conditions.py"

ENTRY = (
    Field(
        path="require.mfa",
        attribute="require_mfa",
        domain=Choice(Mfa),
        default="none",
        kind=_ENFORCED,
        by="the server compares it with how the person signed in, at entry and while the session lasts",
        shown_by=_CONDITIONS,
    ),
    Field(
        path="require.credentials",
        attribute="require_credentials",
        domain=Required(),
        default=[],
        kind=_ENFORCED,
        by="the server looks for each in the person's credentials; one that expires or is revoked ends the session",
        shown_by=_CONDITIONS,
    ),
    Field(
        path="require.networks",
        attribute="require_networks",
        domain=Networks(),
        default=["0.0.0.0/0", "::/0"],
        kind=_ENFORCED,
        by="the server compares the address of each request; behind a proxy, the address that a trusted proxy names",
        shown_by=_CONDITIONS,
    ),
    Field(
        path="require.countries",
        attribute="require_countries",
        domain=COUNTRIES,
        default=["*"],
        kind=_ENFORCED,
        by="the server takes the country from a trusted proxy or a database that you supply; unknown is in no list",
        shown_by=_CONDITIONS,
    ),
    Field(
        path="require.hours",
        attribute="require_hours",
        domain=Hours(),
        default=[],
        kind=_ENFORCED,
        by="the server compares its own clock; the session ends when the hours do",
        shown_by=_CONDITIONS,
    ),
    Field(
        path="require.device",
        attribute="require_device",
        domain=Choice(Device),
        default="any",
        kind=_ENFORCED,
        by="a proxy that you trust says that the browser showed a managed or a known client certificate",
        shown_by=_CONDITIONS,
    ),
    Field(
        path="require.purposes",
        attribute="require_purposes",
        domain=PURPOSES,
        default=["*"],
        kind=_ENFORCED,
        by="the server compares the purpose that the session was entered for",
        shown_by=_CONDITIONS,
    ),
    Field(
        path="require.leak_test",
        attribute="require_leak_test",
        domain=Choice(LeakTest),
        default="any",
        kind=ControlKind.DETERRED,
        by="the page tries its own deterrents and says how that went; a changed page can say what it likes",
        shown_by="journeys/test_exfiltration.py",
    ),
    Field(
        path="allow.actions",
        attribute="actions",
        domain=Actions(),
        default=[],
        kind=_ENFORCED,
        by="every route and every stream message is checked against it; what is not listed is refused",
        shown_by="gateway/test_stream_grant.py",
    ),
)

APPROVAL = (
    Field(
        path="approval.policy_change",
        attribute="policy_change",
        domain=Choice(Persons),
        default="one-person",
        kind=_ENFORCED,
        by="the server puts a changed set of policies in force only once a second admin has approved it",
        shown_by="gateway/test_sessions_versions.py",
    ),
)
