"""The errors of `gateway`.

    GatewayError
    ├── Denied            a policy, a permission or a state does not allow it (HTTP 403; a notice on the stream)
    ├── NotFound          no such user, project, item, task (HTTP 404)
    ├── Conflict          somebody else changed it first (HTTP 409; an op is refused)
    ├── Invalid           the input is not what it should be (HTTP 400)
    ├── ProtocolError     a message on the stream is not as agreed: the stream ends, and says why
    ├── Unconfigured      the server can't start like this; the text says which setting and why
    ├── StoreError        rows, objects or keys are damaged or out of reach
    │   └── UnauditedWrite  a write transaction without an audit event: a defect of ours, refused at commit
    └── IntakeError       one file can't be taken in; names the file and the cause

Texts are lower case, in the user's words, the value in backticks; never patient data.
"""


class GatewayError(Exception):
    """Anything that this package refuses to do."""


class Denied(GatewayError):
    """A policy, a permission or a state does not allow it."""


class NotFound(GatewayError):
    """There is no such thing, or not for this person."""


class Conflict(GatewayError):
    """Somebody else changed it first."""


class Invalid(GatewayError):
    """The input is not what it should be."""


class ProtocolError(GatewayError):
    """A message on the stream is not as agreed. The text never repeats what the message said."""


class Unconfigured(GatewayError):
    """The server can't start with these settings."""


class StoreError(GatewayError):
    """Rows, objects or keys are damaged or out of reach."""


class UnauditedWrite(StoreError):
    """A write transaction appended no audit event."""


class IntakeError(GatewayError):
    """One file can't be taken in."""
