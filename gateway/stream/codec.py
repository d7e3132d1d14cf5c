"""Messages to and from text. What a client sends is taken whole or not at all."""

import re

import msgspec

from gateway.errors import ProtocolError
from gateway.stream import messages, replies, shapes
from gateway.stream.messages import MAX_TEXT_BYTES, ClientMessage
from gateway.stream.replies import ServerMessage

_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_encoder = msgspec.json.Encoder()

_FIELDS = frozenset(
    name
    for module in (messages, replies, shapes)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    for name in kind.__struct_fields__
) | {"t", "type", "center", "function"}
_PATH = re.compile(r" - at `\$\.([a-z_.]+)")


def decode(text: str | bytes) -> ClientMessage:
    """The message in `text`, JSON of at most `MAX_TEXT_BYTES` bytes of UTF-8.

    Errors: ProtocolError and nothing else, whatever `text` is. Its reason may name one of our own fields; it never
    repeats anything that the message said.
    """
    try:
        # A character is at least one byte: what is too long as text need not be encoded to be refused.
        data = text.encode() if isinstance(text, str) and len(text) <= MAX_TEXT_BYTES else text
        if len(data) > MAX_TEXT_BYTES:
            raise ProtocolError(f"a message is longer than {MAX_TEXT_BYTES} bytes")
        return _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise ProtocolError(_reason(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ProtocolError("a message is not JSON in UTF-8") from None


def encode(message: ServerMessage) -> str:
    """The text of `message`, JSON."""
    return _encoder.encode(message).decode()


def _reason(cause: str) -> str:
    """The decoder's `cause`, which may quote the message, without any of its words."""
    found = _PATH.search(cause)
    path = found.group(1) if found else ""
    if path and _FIELDS.issuperset(path.split(".")):
        return f"a message has an unknown, missing or wrong value at `{path}`"
    return "a message has an unknown or a missing field"
