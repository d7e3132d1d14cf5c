"""The one cookie: an opaque reference, never data.

`__Host-` makes the browser itself insist on Secure, `Path=/` and no Domain, so no sibling host can plant one
(RFC 6265bis, 4.1.3.2).
"""

from typing import Literal, TypedDict

SESSION_COOKIE = "__Host-session"


class CookieFlags(TypedDict):
    """What a response's `set_cookie` and `delete_cookie` take beside name and value."""

    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


# SameSite=Strict is not sent on the first request that comes from another site, a mailed link's redirect
# included: so a sign-in link opens a page of ours with a button, and the button's POST redeems it. That also
# keeps link previews from using it up.
COOKIE_FLAGS: CookieFlags = {"path": "/", "secure": True, "httponly": True, "samesite": "strict"}
