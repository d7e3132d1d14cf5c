"""The workstation under attack: one person, one policy, and what of the attempts got through or was noticed."""

import base64
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

from gateway.web.table import ROWS
from tests.journeys.driving import soon
from tests.journeys.probes import SCRIPTS, SETTLE, Probe
from tests.journeys.serving import PATIENCE_S

AFTER_S = 2.0  # after its script, for what an attempt asked for to arrive
BLOCKED, DETECTED, IMPOSSIBLE = "blocked", "detected", "stated impossible"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that a script in the page can't make: `act` gives BLOCKED, DETECTED or IMPOSSIBLE."""

    area: str
    name: str
    act: Callable[["Attack"], str]
    why: str = ""


@dataclass(slots=True)
class Attack:
    """One person's page, and another server that counts what reaches it."""

    page: Page
    evil: str
    data: Path
    session: str
    surface: dict[str, Any]
    cdp: CDPSession
    frames: list[bytes]
    sign_in: Callable[[], str]  # gives a one-time link

    def ready(self) -> None:
        """A live session that shows a picture: a new one where the policy ended the last."""
        with sqlite3.connect(f"file:{self.data / 'isinglass.db'}?mode=ro", uri=True) as rows:
            (state,) = rows.execute("SELECT state FROM sessions WHERE id = ?", [self.session]).fetchone()
        rows.close()
        if state == "active":
            return
        self.page.goto(self.sign_in())
        self.begin()

    def begin(self) -> None:
        """Note the session once it shows a picture."""
        self.page.wait_for_selector("body[data-frame-seq]", timeout=PATIENCE_S * 1000)
        self.session = str(self.page.evaluate("document.body.dataset.session"))

    def noticed(self, signal: str, patience_s: float = PATIENCE_S) -> bool:
        """Whether `signal` of this session is in the audit log, or comes into it."""
        return soon(
            self.page,
            lambda: any(leaf["details"].get("signal") == signal for leaf in self.leaves("client.signal")),
            patience_s,
        )

    def leaves(self, action: str) -> list[dict[str, Any]]:
        """The audit leaves of this session with this action."""
        with sqlite3.connect(f"file:{self.data / 'isinglass.db'}?mode=ro", uri=True) as rows:
            found = [json.loads(leaf) for (leaf,) in rows.execute("SELECT leaf FROM audit_leaves")]
        rows.close()
        return [leaf for leaf in found if leaf["session"] == self.session and leaf["action"] == action]

    def surface_in_force(self) -> dict[str, Any]:
        """The `surface` section that is in force for the session."""
        with sqlite3.connect(f"file:{self.data / 'isinglass.db'}?mode=ro", uri=True) as rows:
            (controls,) = rows.execute(
                "SELECT controls FROM sessions WHERE id = ?", [self.session]
            ).fetchone()
        rows.close()
        return dict(json.loads(controls)["surface"])

    def script(self, body: str) -> Any:
        """What `body` gives in the page; False where it throws."""
        return run(self.page, [body], self.evil)[0]

    def pressed(self, chord: str, signal: str) -> str:
        """Press; the page must cancel it, and tell."""
        self.page.evaluate(
            "() => { window.passed = null;"
            " addEventListener('keydown', (event) => { window.passed = !event.defaultPrevented; }); }"
        )
        self.page.keyboard.press(chord)
        passed = self.page.evaluate("window.passed")
        told = self.noticed(signal)
        if not passed:
            return BLOCKED if told else IMPOSSIBLE
        return DETECTED if told else IMPOSSIBLE


def run(page: Page, bodies: list[str], evil: str) -> list[Any]:
    """What each body of an async function of (canvas, evil) gives in the page; False where it throws. All run at once."""
    parts = ",".join(f"async (canvas, evil) => {{ {SETTLE} {body} }}" for body in bodies)
    return page.evaluate(
        f"async (evil) => {{ const canvas = document.querySelector('canvas');"
        f" const tried = [{parts}].map(async (act) => {{ try {{ return await Promise.race([act(canvas, evil),"
        f" new Promise((done) => setTimeout(() => done(false), 8000))]); }} catch {{ return false; }} }});"
        f" return await Promise.all(tried); }}",
        evil,
    )


def outcomes(
    page: Page, evil: str, hits: Callable[[], list[str]], patience_s: float = AFTER_S
) -> dict[str, bool]:
    """Probe → whether it got something out, within `patience_s` after its script."""
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download.url))
    at_once = [
        probe for probe in SCRIPTS if "'download'" not in probe.script and "'print'" not in probe.script
    ]
    before = len(hits())
    results = dict(zip((p.name for p in at_once), run(page, [p.script for p in at_once], evil), strict=True))

    def found_by(probe: Probe) -> bool:
        return _got(probe, results[probe.name], hits()[before:])

    asking = [probe for probe in at_once if results[probe.name] == "ask"]
    soon(page, lambda: all(map(found_by, asking)), patience_s)
    found = {probe.name: found_by(probe) for probe in at_once}
    for probe in SCRIPTS:
        if "'download'" in probe.script:
            downloads.clear()
            run(page, [probe.script], evil)
            found[probe.name] = soon(page, lambda: bool(downloads), patience_s)
        elif "'print'" in probe.script:
            page.emulate_media(media="print")
            found[probe.name] = page.locator("canvas").first.is_visible()
            page.emulate_media(media="null")
    return found


def _got(probe: Probe, result: Any, reached: list[str]) -> bool:
    if result == "ask":
        paths = re.findall(r"\}(/\w+)", probe.script)
        return any(path.startswith(tuple(paths)) for path in reached)
    return bool(result)


# --- attempts from outside the page
def _pdf(attack: Attack) -> str:
    pdf = base64.b64decode(attack.cdp.send("Page.printToPDF")["data"])
    return IMPOSSIBLE if b"/Subtype /Image" in pdf or b"/Subtype/Image" in pdf else BLOCKED


def _mhtml(attack: Attack) -> str:
    kept = attack.cdp.send("Page.captureSnapshot", {"format": "mhtml"})["data"]
    return IMPOSSIBLE if "Content-Type: image/png" in kept or "Content-Type: image/jpeg" in kept else BLOCKED


def _source(attack: Attack) -> str:
    source = attack.page.request.get(attack.page.url).text()
    return IMPOSSIBLE if "data:image" in source or "base64" in source else BLOCKED


def _routes(attack: Attack) -> str:
    """Every route that the console could call, with the session's cookie: none answers with a picture or a stored value."""
    for row in ROWS:
        if row.method != "GET" or "{" in row.path:
            continue
        answer = attack.page.request.get(attack.page.url.split("/work")[0] + row.path, max_redirects=0)
        if answer.headers.get("content-type", "").startswith(("image/jpeg", "application/dicom")):
            return IMPOSSIBLE
        if len(answer.body()) > 200_000:
            return IMPOSSIBLE
    return BLOCKED


def _drag(attack: Attack) -> str:
    carried = attack.script(
        "const event = new DragEvent('dragstart', { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() });"
        " const free = canvas.dispatchEvent(event); return free || event.dataTransfer.items.length > 0"
    )
    return IMPOSSIBLE if carried else BLOCKED


def _menu(attack: Attack) -> str:
    attack.page.evaluate(
        "() => { window.opened = null; addEventListener('contextmenu', (event) => { window.opened = !event.defaultPrevented; }); }"
    )
    attack.page.locator("#overlay").click(button="right", position={"x": 200, "y": 150})
    return IMPOSSIBLE if attack.page.evaluate("window.opened") else BLOCKED


def _copy(attack: Attack) -> str:
    held = attack.script(
        "let kinds = []; const spy = ({ clipboardData }) => { kinds = [...clipboardData.types]; };"
        " addEventListener('copy', spy); getSelection().selectAllChildren(document.body); document.execCommand('copy');"
        " removeEventListener('copy', spy); getSelection().removeAllRanges(); return kinds.some((kind) => kind.startsWith('image/'))"
    )
    attack.page.keyboard.press("Control+A")
    attack.page.keyboard.press("Control+C")
    return IMPOSSIBLE if held else BLOCKED


def _paste(attack: Attack) -> str:
    free = attack.script(
        "const box = document.querySelector('#comment'); const data = new DataTransfer(); data.setData('text/plain', 'x');"
        " return box.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }))"
    )
    if free:
        return IMPOSSIBLE
    return BLOCKED if attack.noticed("paste") else IMPOSSIBLE


def _blur(attack: Attack) -> str:
    attack.page.evaluate("dispatchEvent(new Event('blur'))")
    cover = attack.page.evaluate("document.body.dataset.cover")
    told = attack.noticed("blur")
    attack.page.evaluate("dispatchEvent(new Event('focus'))")
    return BLOCKED if cover == "blank" and told else DETECTED if told else IMPOSSIBLE


def _hidden(attack: Attack) -> str:
    attack.page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    cover = attack.page.evaluate("document.body.dataset.cover")
    told = attack.noticed("hidden")
    attack.page.evaluate(
        "() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    return BLOCKED if cover == "blank" and told else DETECTED if told else IMPOSSIBLE


def _print_screen(attack: Attack) -> str:
    attack.page.keyboard.press("PrintScreen")
    attack.page.evaluate("dispatchEvent(new KeyboardEvent('keyup', { key: 'PrintScreen', bubbles: true }))")
    return (
        DETECTED
        if attack.surface["on_capture_key"] != "show" and attack.noticed("capture-key")
        else IMPOSSIBLE
    )


def _snip(attack: Attack) -> str:
    attack.page.keyboard.press("Meta+Shift+S")
    return (
        DETECTED
        if attack.surface["on_capture_key"] != "show" and attack.noticed("capture-key")
        else IMPOSSIBLE
    )


def _fast_keys(attack: Attack) -> str:
    attack.page.evaluate(
        "() => { for (let k = 0; k < 120; k += 1) dispatchEvent(new KeyboardEvent('keydown', { key: 'F8', bubbles: true })); }"
    )
    return DETECTED if attack.noticed("fast-keys") else IMPOSSIBLE


def _screenshot(attack: Attack) -> str:
    return IMPOSSIBLE if attack.cdp.send("Page.captureScreenshot")["data"] else BLOCKED


def _socket_frames(attack: Attack) -> str:
    return IMPOSSIBLE if attack.frames else BLOCKED


def _extension(attack: Attack) -> str:
    """A content script runs in a world of its own beside the page's: untouched prototypes, the same canvas."""
    tree = attack.cdp.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = attack.cdp.send("Page.createIsolatedWorld", {"frameId": tree, "worldName": "extension"})
    asked = attack.cdp.send(
        "Runtime.evaluate",
        {
            "contextId": world["executionContextId"],
            "expression": "document.querySelector('#frame').toDataURL().length",
            "returnByValue": True,
        },
    )
    return BLOCKED if "exceptionDetails" in asked else IMPOSSIBLE


def _second_tab(attack: Attack) -> str:
    """The picture moves there: it stands in one tab at a time."""
    other = attack.page.context.new_page()
    other.goto(attack.page.url)
    other.wait_for_selector("body[data-frame-seq]", timeout=PATIENCE_S * 1000)
    try:
        attack.page.wait_for_selector("#curtain:not([hidden])", timeout=PATIENCE_S * 1000)
        both = attack.page.get_attribute("body", "data-frame-seq") is not None
    finally:
        other.close()
        attack.page.click("#again")
        attack.page.wait_for_selector("body[data-frame-seq]", timeout=PATIENCE_S * 1000)
    return IMPOSSIBLE if both else BLOCKED


def _stolen_cookie(attack: Attack) -> str:
    """Without the key of the browser it shows nothing, and locks the session."""
    browser = attack.page.context.browser
    assert browser is not None
    thief = browser.new_context()
    try:
        thief.add_cookies(attack.page.context.cookies())  # type: ignore[arg-type]
        other = thief.new_page()
        other.goto(attack.page.url)
        other.wait_for_selector("#curtain:not([hidden])", timeout=PATIENCE_S * 1000)
        seen = other.get_attribute("body", "data-frame-seq") is not None
        return BLOCKED if not seen and attack.noticed("unproven") else IMPOSSIBLE
    finally:
        thief.close()


def _back(attack: Attack) -> str:
    page = attack.page.context.new_page()
    page.goto(attack.page.url)
    page.wait_for_selector("body[data-frame-seq]", timeout=PATIENCE_S * 1000)
    page.evaluate("addEventListener('pageshow', ({ persisted }) => { window.kept = persisted; })")
    page.goto(attack.evil + "/away")
    page.go_back()
    kept = page.evaluate("window.kept === true")
    page.close()
    return IMPOSSIBLE if kept else BLOCKED


def _foreign(script: str) -> Callable[[Attack], str]:
    """From a page of another server in the same browser, signed in."""

    def act(attack: Attack) -> str:
        page = attack.page.context.new_page()
        page.goto(attack.evil + "/page")
        got = page.evaluate(
            f"async (url) => {{ {SETTLE} try {{ return await (async () => {{ {script} }})(); }} catch {{ return false; }} }}",
            attack.page.url,
        )
        page.close()
        return IMPOSSIBLE if got else BLOCKED

    return act


def _bare_socket(attack: Attack) -> str:
    got = attack.script(
        "const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/stream`, ['isinglass.v1']); let got = false;"
        " socket.binaryType = 'arraybuffer'; socket.onmessage = ({ data }) => { got ||= data instanceof ArrayBuffer; };"
        " socket.onopen = () => { socket.send(JSON.stringify({ t: 'hello', ticket: 'guess' })); };"
        " await settle(1500); return got"
    )
    return IMPOSSIBLE if got else BLOCKED


def _own_ticket(attack: Attack) -> str:
    """A script in the page takes a ticket of its own, has the page's key sign it, and reads the stream: marked frames, and the log says so."""
    before = len(attack.leaves("ticket.issue"))
    got = attack.script(
        "const csrf = document.querySelector('meta[name=csrf]').content;"
        " const answer = await fetch('/ticket', { method: 'POST', headers: { 'X-CSRF': csrf } }); if (!answer.ok) return false;"
        " const { ticket } = await answer.json(); const { Key } = await import('/static/key.js');"
        " const signed = await new Key().sign('hello', ticket);"
        " const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/stream`, ['isinglass.v1']); let got = false;"
        " const welcomed = new Promise((done) => { socket.onmessage = ({ data }) => { got ||= /welcome/.test(data); if (got) done(); }; });"
        " socket.onopen = () => { socket.send(JSON.stringify({ t: 'hello', ticket, ...signed })); };"
        " await Promise.race([welcomed, settle(6000)]); socket.close(); return got"
    )
    told = len(attack.leaves("ticket.issue")) > before
    attack.page.reload()  # that stream took the picture from the page's own
    attack.page.wait_for_selector("body[data-frame-seq]", timeout=PATIENCE_S * 1000)
    if not got:
        return BLOCKED
    return DETECTED if told else IMPOSSIBLE


def _tamper(script: str, patience_s: float = 15.0) -> Callable[[Attack], str]:
    """Change the page; within a beat the server is to know. Two in a row are of different faults, so that the second is news."""

    def act(attack: Attack) -> str:
        def told() -> int:
            return sum(leaf["details"].get("signal") == "tampered" for leaf in attack.leaves("client.signal"))

        before = told()
        undo = attack.page.evaluate_handle(f"() => {{ {script} }}")
        found = soon(attack.page, lambda: told() > before, patience_s)
        if attack.page.evaluate("document.querySelector('#curtain').hidden"):
            undo.evaluate("(undo) => undo()")
        attack.page.wait_for_timeout(1500)  # the page tells that all is well again
        return DETECTED if found else IMPOSSIBLE

    return act


def _never(_attack: Attack) -> str:
    return IMPOSSIBLE


_KEYS, _COPIES = "keys and menus", "copies of the window"
_TABS, _FOREIGN, _PAGE = "other tabs and profiles", "other sites", "a changed page"
_ASK_A_VALUE = """
const send = WebSocket.prototype.send;
const caught = new Promise((done) => {
  WebSocket.prototype.send = function (...given) { done(this); return send.apply(this, given); };
});
document.querySelector('#overlay').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
const socket = await caught;
WebSocket.prototype.send = send;
return await new Promise((done) => {
  socket.addEventListener('message', ({ data }) => typeof data === 'string' && JSON.parse(data).t === 'value' && done(true));
  socket.send(JSON.stringify({ t: 'probe', seen: Number(document.body.dataset.frameSeq), x: 100, y: 100 }));
});
"""


def _value(attack: Attack) -> str:
    """Ask on the page's own stream for the exact value of a pixel; without an answer `run` gives False."""
    return IMPOSSIBLE if attack.script(_ASK_A_VALUE) else BLOCKED


ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(_KEYS, "copy: Ctrl+A, Ctrl+C, `execCommand`", _copy),
    Attempt(
        _KEYS, "paste in", _paste, "the policy allows it, or the browser pasted before the page heard of it"
    ),
    Attempt(_KEYS, "print: Ctrl+P", lambda a: a.pressed("Control+p", "print")),
    Attempt(_KEYS, "save page: Ctrl+S", lambda a: a.pressed("Control+s", "save")),
    Attempt(_KEYS, "context menu on the picture", _menu),
    Attempt(_KEYS, "drag the picture out", _drag),
    Attempt(_COPIES, "save page as MHTML", _mhtml),
    Attempt(_COPIES, "print to PDF by the browser", _pdf),
    Attempt(_COPIES, "view-source", _source),
    Attempt(_COPIES, "fetch of every route from the console", _routes),
    Attempt(_COPIES, "another window in front (screen capture tools)", _blur),
    Attempt(_COPIES, "the tab hidden", _hidden),
    Attempt(
        _COPIES,
        "PrintScreen",
        _print_screen,
        "the operating system takes it, or the policy does not react; a managed browser can forbid it",
    ),
    Attempt(
        _COPIES,
        "the snipping tool's keys",
        _snip,
        "the operating system takes it, or the policy does not react; a managed browser can forbid it",
    ),
    Attempt(
        _COPIES,
        "headless screenshot (`Page.captureScreenshot`)",
        _screenshot,
        "whoever runs the browser has its pixels; each is marked",
    ),
    Attempt(
        _COPIES,
        "frames of the socket in the developer tools",
        _socket_frames,
        "they are what is on screen: marked, and in the ledger",
    ),
    Attempt(
        _COPIES,
        "a screenshot or recording by the operating system",
        _never,
        "no page hears of it; a managed browser can forbid it; each frame is marked",
    ),
    Attempt(
        _COPIES,
        "a phone's camera",
        _never,
        "nothing can; the mark names the session, the ledger what was on screen, the spotlight keeps it small",
    ),
    Attempt(_PAGE, "extension: content script reads the canvas", _extension),
    Attempt(
        _PAGE,
        "extension: `captureVisibleTab`",
        _screenshot,
        "extensions see the tab's pixels; a managed browser forbids extensions",
    ),
    Attempt(_TABS, "a second tab with the session", _second_tab, "not noticed"),
    Attempt(_TABS, "a second profile with the stolen cookie", _stolen_cookie, "not noticed"),
    Attempt(_TABS, "back and forward (bfcache)", _back),
    Attempt(_TABS, "the stream without a ticket", _bare_socket),
    Attempt(_TABS, "the stream with a ticket that a script took", _own_ticket, "not noticed"),
    Attempt(
        _FOREIGN,
        "our page in a frame",
        _foreign(
            "const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame);"
            " await Promise.race([new Promise((done) => { frame.onload = done; }), settle(20000)]);"  # what is refused loads an error
            " return frame.contentDocument !== null || frame.contentWindow.length > 0"
        ),
    ),
    Attempt(
        _FOREIGN,
        "`fetch` of our page with its cookie",
        _foreign(
            "const answer = await fetch(url, { credentials: 'include' }); return (await answer.text()).length > 0"
        ),
    ),
    Attempt(
        _FOREIGN,
        "our page opened and read",
        _foreign(
            "const opened = window.open(url); await settle(500); const text = opened.document.body.textContent; opened.close(); return text.length > 0"
        ),
    ),
    Attempt(
        _FOREIGN,
        "our script included",
        _foreign(
            "return await new Promise((done) => { const script = document.createElement('script'); script.src = new URL('/static/work.js', url);"
            " script.onload = () => done(true); script.onerror = () => done(false); document.head.append(script); })"
        ),
    ),
    Attempt(
        _FOREIGN,
        "a stream from another site",
        _foreign(
            "return await new Promise((done) => {"
            " const socket = new WebSocket(url.replace('http', 'ws').replace('/work', '/stream'), ['isinglass.v1']);"
            " socket.onopen = () => done(true); socket.onerror = () => done(false); })"
        ),
    ),
    Attempt(_PAGE, "more keys than a hand types", _fast_keys, "not noticed"),
    Attempt(
        _PAGE,
        "exact values of pixels, asked for on the page's stream",
        _value,
        "the policy tells so many a minute (`display.values`); each is in the exposure ledger before it is told",
    ),
    Attempt(
        _PAGE,
        "the canvas hooked (`drawImage` replaced)",
        _tamper(
            "const made = CanvasRenderingContext2D.prototype.drawImage;"
            " CanvasRenderingContext2D.prototype.drawImage = function (...given) { return made.apply(this, given); };"
            " return () => { CanvasRenderingContext2D.prototype.drawImage = made; };"
        ),
        "a hook that hides itself is not found",
    ),
    Attempt(
        _PAGE,
        "the cover moved away",
        _tamper(
            "document.body.dataset.cover = 'blank'; document.querySelector('#frame').style.visibility = 'visible';"
            " return () => { document.body.dataset.cover = 'show'; document.querySelector('#frame').style.visibility = ''; };"
        ),
        "a cover that is faked with care is not found",
    ),
    Attempt(
        _PAGE,
        "the decoder hooked (`createImageBitmap` replaced)",
        _tamper(
            "const made = window.createImageBitmap; window.createImageBitmap = (...given) => made(...given);"
            " return () => { window.createImageBitmap = made; };"
        ),
        "a hook that hides itself is not found",
    ),
    Attempt(
        _PAGE,
        "listeners disarmed (`preventDefault` replaced)",
        _tamper(
            "const made = Event.prototype.preventDefault; Event.prototype.preventDefault = () => {};"
            " return () => { Event.prototype.preventDefault = made; };"
        ),
        "a page that is changed with care says that all is well",
    ),
    Attempt(
        _PAGE,
        "the picture's element taken out of the page",
        _tamper(
            "const frame = document.querySelector('#frame'), home = frame.parentElement, next = frame.nextSibling; frame.remove();"
            " return () => home.insertBefore(frame, next);"
        ),
        "a page that is changed with care says that all is well",
    ),
    Attempt(
        _KEYS,
        "developer tools: F12",
        lambda a: DETECTED if _f12(a) else IMPOSSIBLE,
        "the policy does not react; opened from the browser's menu they are not noticed",
    ),
)


def _f12(attack: Attack) -> bool:
    attack.page.keyboard.press("F12")
    return attack.surface["devtools"] != "show" and attack.noticed("devtools")
