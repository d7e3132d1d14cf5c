"""A session that a real server streamed is drawn again from the exposure ledger, byte for byte."""

import hashlib
import json
from pathlib import Path

from gateway.stream.wire import HEADER_BYTES, FrameType, unpack
from tests.journeys.planting import Canaries, plant_state
from tests.journeys.serving import Server, Station, Stream, isinglass

VIEW = {"width": 320, "height": 240, "x": 30.25, "y": 31.5, "scale": 4.0}


def _look_around(stream: Stream) -> dict[str, object]:
    """Some slices, a zoom, a window, then a still hand; the item."""
    stream.send(t="next")
    item = stream.wait("task")["item"]
    seq = 0

    def look(**changes: object) -> None:
        nonlocal seq
        seq += 1
        stream.send(t="view", seq=seq, item=item["id"], **({"frame": 0} | VIEW | changes))

    for frame in range(int(item["frames"])):
        look(frame=frame)
        stream.frame()
    look(scale=0.7, x=12.123456789)
    stream.frame()
    look(window={"center": 40.5, "width": 80.0, "function": "sigmoid"}, invert=True)
    stream.frame(lossless=True, answers=seq)
    look()
    stream.frame(lossless=True, answers=seq)
    look(turned=180, mirrored=True, luminance=(0.5, 350.0))
    stream.frame(lossless=True, answers=seq)
    (state,) = item["states"]
    assert state["label"] == "LUNG WINDOW"
    for frame in state["looks"][0]["frames"]:
        look(frame=frame, state=state["id"], turned=state["turned"], mirrored=state["mirrored"])
        stream.frame(lossless=True, answers=seq)
    stream.send(t="survey", item=item["id"])
    planes = stream.wait("surveyed")["planes"]
    for pane, (plane, extent) in enumerate(
        planes.items(), 1
    ):  # three sections beside the slice, one of them a slab
        slab = {"plane": plane, "slab": "maximum", "thickness_mm": 6.5 * (pane - 1)}
        look(pane=pane, cut=slab, frame=extent["frames"] // 2, x=extent["columns"] / 2, y=extent["rows"] / 2)
        stream.frame(lossless=True, answers=seq)
    stream.send(t="panes", count=1)
    return item


def _sent(stream: Stream) -> dict[int, str]:
    """Frame number -> SHA-256 of the payload that the socket delivered."""
    headers = [unpack(frame)[0] for frame in stream.frames]
    return {
        header.seq: hashlib.sha256(frame[HEADER_BYTES:]).hexdigest()
        for header, frame in zip(headers, stream.frames, strict=True)
        if header.type is FrameType.FRAME
    }


def test_what_was_sent_is_drawn_again(server: Server, planted: tuple[Path, Canaries], tmp_path: Path) -> None:
    data, canaries = planted
    plant_state(tmp_path / "state.dcm", canaries)
    isinglass(data, "ingest", str(tmp_path / "state.dcm"), "--project", "demo")
    ada = Station(server, "ada")
    sent: dict[int, str] = {}
    with ada.stream() as stream:
        session = stream.welcome["session"]
        item = _look_around(stream)
        sent |= _sent(stream)
    with ada.stream() as stream:  # another stream of the same session goes on with other numbers
        _look_around(stream)
        again = _sent(stream)
        server.kill()
    assert not sent.keys() & again.keys()
    sent |= again

    printed = isinglass(data, "replay", session, "--out", str(tmp_path / "again"))
    lines = [json.loads(line) for line in (tmp_path / "again" / "frames.jsonl").read_text().splitlines()]
    # A frame may be recorded and not arrive; never the other way.
    assert len(sent) <= len(lines) <= len(sent) + 3
    assert f"{len(lines)} are what was sent" in printed
    assert {line["seq"]: line["sha256"] for line in lines if line["seq"] in sent} == sent
    for line in lines:
        content = (tmp_path / "again" / line["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == line["sha256"]

    told = json.loads(isinglass(data, "exposure", "--user", "ada", "--json"))["exposures"]
    (entry,) = told
    assert (entry["session"], entry["item"], entry["frames"]) == (session, item["id"], len(lines))
    assert {line["slice"] for line in lines} - {None} == {each["slice"] for each in entry["slices"]}
    through = [line for line in lines if line["slice"] is None]
    assert {line["view"]["cut"]["plane"] for line in through} == set(entry["sections"])
    assert sum(each["frames"] for each in entry["sections"].values()) == len(through) >= 6
    assert 0 < entry["seconds"] <= 120
    assert entry["lossless"] >= 2
    assert entry["unconfirmed"] < len(lines)
    for flag in ("item", "subject"):
        assert (
            json.loads(isinglass(data, "exposure", f"--{flag}", entry[flag], "--json"))["exposures"] == told
        )
    assert "verifies" in isinglass(data, "audit", "verify")
    assert "there is no session `nobody`" in isinglass(data, "replay", "nobody", code=1)
    assert "there is no user `nobody`" in isinglass(data, "exposure", "--user", "nobody", code=1)
    assert "exactly one of" in isinglass(data, "exposure", code=1)
