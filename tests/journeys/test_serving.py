"""The two ways to start: the demo of `make run`, and TLS on an address that others reach."""

import contextlib
import datetime as dt
import ipaddress
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.sync.client import connect

from tests.journeys.planting import Canaries
from tests.journeys.serving import PATIENCE_S, ROOT, Server, Station, free_port, isinglass, wait_for_answer

LINK = re.compile(r"^(ada|rene|sam) .*?(http://\S+/link/\S+)", re.MULTILINE)
FIRST_START_S = 280.0  # sixteen pictures are masked, beside other tests


@contextlib.contextmanager
def _demo(data: Path, port: int) -> Iterator[dict[str, str]]:
    """`make run`'s command; person → sign-in link, once it serves."""
    log = data.with_suffix(f".{port}.log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "demo", "--serve", "--data", str(data), "--port", str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for_answer(
            process, log, lambda: httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2), FIRST_START_S
        )
        yield dict(LINK.findall(log.read_text()))
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) in {0, -signal.SIGINT, 130}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_make_run_serves_a_first_frame_and_keeps_all_work(tmp_path: Path) -> None:
    data, port = tmp_path / "var", free_port()
    with _demo(data, port) as links:
        assert set(links) == {"ada", "rene", "sam"}
        server = Server(data, port)
        server.link = links.__getitem__  # type: ignore[method-assign] # the links that the command printed
        station = Station(server, "ada")
        with station.stream() as stream:
            stream.send(t="next")
            task = stream.wait("task")
            assert task["item"]["frames"] >= 1
            stream.send(
                t="view",
                seq=1,
                item=task["item"]["id"],
                frame=0,
                width=512,
                height=512,
                x=64,
                y=64,
                scale=2.0,
            )
            assert stream.frame(lossless=True)[32:40] == b"\x89PNG\r\n\x1a\n"
            stream.send(
                t="op", id="op-1", task=task["id"], kind="create", base=0, annotation="a-1",
                patch={"label": stream.welcome["labels"][0]["key"], "frame": 0, "geometry": {"type": "box", "x": 5, "y": 5, "w": 9, "h": 9}},
            )  # fmt: skip
            assert stream.wait("receipt")["op"] == "op-1"
    with _demo(data, port) as links:
        server = Server(data, port)
        server.link = links.__getitem__  # type: ignore[method-assign]
        with Station(server, "ada").stream() as stream:
            stream.send(t="next")
            again = stream.wait("task")
        assert again["id"] == task["id"]
        assert [each["id"] for each in again["annotations"]] == ["a-1"]
    assert "verifies" in isinglass(data, "audit", "verify")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, and its key, made now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = dt.datetime.fromtimestamp(time.time(), dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


def test_tls_serves_pages_and_the_stream(
    planted: tuple[Path, Canaries], certificate: tuple[Path, Path]
) -> None:
    data, port = planted[0], free_port()
    cert, key = certificate
    log = data / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--data", str(data), "--port", str(port),
             "--tls-certificate", str(cert), "--tls-key", str(key)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    origin, trust = f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=str(cert))
    try:
        with httpx.Client(verify=trust, base_url=origin, timeout=PATIENCE_S) as client:
            wait_for_answer(process, log, lambda: client.get("/healthz"))
            link = re.search(r"/link/\S+", isinglass(data, "user", "link", "ada"))
            assert link
            entered = client.post(link.group(), headers={"Origin": origin})
            assert entered.status_code == 303
            cookie = entered.headers["set-cookie"]
            assert cookie.startswith("__Host-")
            assert {"Secure", "HttpOnly", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
            assert "max-age=" in entered.headers["strict-transport-security"]
            token = cookie.partition(";")[0]
            page = client.get("/work", headers={"Cookie": token})
            csrf = re.search(r'<meta name="csrf" content="([^"]+)"', page.text)
            assert csrf
            headers = {
                "Cookie": token,
                "Origin": origin,
                "X-CSRF": csrf.group(1),
                "Accept": "application/json",
            }
            ticket = client.post("/ticket", headers=headers).json()["ticket"]
        with connect(
            f"wss://127.0.0.1:{port}/stream", ssl=trust, origin=origin, subprotocols=["isinglass.v1"],  # type: ignore[arg-type, list-item]
            additional_headers={"Cookie": token}, compression=None, open_timeout=PATIENCE_S,
        ) as socket:  # fmt: skip
            socket.send(f'{{"t":"hello","ticket":"{ticket}"}}')
            assert '"welcome"' in str(socket.recv(PATIENCE_S))
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
