"""What a file is, by its bytes: texts of other systems are texts, and damaged ones are not."""

import pytest

from viewer.imaging.sniffing import FileKind, kind_of

NOTE = "Frau Müller aus Zürich wurde heute untersucht.\r\n\tBefund: unauffällig.\n"
TEXTS = [
    ("utf-8", NOTE.encode()),
    ("utf-8 with a byte order mark", NOTE.encode("utf-8-sig")),
    ("windows-1252", NOTE.encode("cp1252")),
    ("utf-16", NOTE.encode("utf-16")),
    ("utf-16, big end first", b"\xfe\xff" + NOTE.encode("utf-16-be")),
    ("with a word processor's line breaks", NOTE.replace(" ", "\v").encode()),
    ("long utf-16, cut in a pair", ("x\U0001f600" * 400_000).encode("utf-16")),
    ("long windows-1252", (NOTE * 20_000).encode("cp1252")),
]
OTHERS = [
    ("empty", b""),
    ("zeros", bytes(64)),
    ("utf-16 without a mark", NOTE.encode("utf-16-le")),
    ("utf-16 with control characters", "\ufeff\x01\x02".encode("utf-16-le")),
    ("half a surrogate", b"\xff\xfe\x00\xd8a\x00b\x00c\x00"),
    ("high bytes", bytes(range(0x80, 0x100))),
    ("undefined in windows-1252", b"plain letters and \x81 one that is none"),
]


@pytest.mark.parametrize(("data"), [each[1] for each in TEXTS], ids=[each[0] for each in TEXTS])
def test_a_text_is_one_in_any_usual_encoding(data: bytes) -> None:
    assert kind_of(data) is FileKind.TEXT


@pytest.mark.parametrize(("data"), [each[1] for each in OTHERS], ids=[each[0] for each in OTHERS])
def test_what_is_no_text_is_unknown(data: bytes) -> None:
    assert kind_of(data) is FileKind.UNKNOWN
