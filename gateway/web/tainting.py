"""The pixel that closes the canvas: an image of another origin, drawn without CORS, after which no script reads the picture.

HTML, "origin-clean": `toDataURL`, `toBlob`, `getImageData` and `captureStream` of a canvas that it was drawn on throw, in the
console too. The pixel is transparent: it changes nothing of what is seen.
"""

import struct
import zlib

from starlette.responses import Response

from gateway.web.routing import Visit, same_host
from gateway.web.services import Services

PATH = "/pixel.png"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# One pixel of colour type 6 (RGBA), all zero: ISO/IEC 15948.
PIXEL = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(bytes(5), 9)),
        _chunk(b"IEND", b""),
    )
)


def pixel(_services: Services, _visit: Visit) -> Response:
    """The pixel. Other origins may show it, and none may read it: there is no `Access-Control-Allow-Origin`."""
    return Response(PIXEL, media_type="image/png", headers={"Cross-Origin-Resource-Policy": "cross-origin"})


def pixel_origins(origins: frozenset[str], configured: str | None) -> dict[str, str]:
    """Host of a page → the origin that its pixel comes from: `configured`, or another of the server's own `origins`.

    Empty where there is no second one; then the canvas can be read by a script in the page.
    """
    found = {}
    for origin in origins:
        others = [configured] if configured else sorted(origins - {origin})
        if others:
            found[same_host(origin)] = others[-1]
    return found
