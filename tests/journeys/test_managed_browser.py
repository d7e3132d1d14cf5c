"""The managed-browser kit: Debian's Chromium takes each setting, and shows each taking effect.

The policy folder is bound over Chromium's in a mount namespace of the browser's own: nothing on the machine changes.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from policies.browser import Browser, browser_policy
from policies.composing import compose
from policies.loading import load_all
from policies.values import Cover, Devtools, Surface
from tests.journeys.driving import soon
from tests.journeys.serving import PATIENCE_S, ROOT, isinglass
from tests.journeys.test_exfiltration import Elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KIT = ROOT / "deploy" / "managed-browser"
SOURCE = ROOT / "deploy" / "policies" / "employees-managed" / "employees.toml"
ORIGIN = "https://work.example.org"
ATTACHABLE = {"DeveloperToolsAvailability", "RemoteDebuggingAllowed"}  # with them no test can look inside
ROWS = """() => {
  const found = {};
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) if (element.shadowRoot) walk(element.shadowRoot);
    for (const row of root.querySelectorAll('policy-row')) {
      const text = (name) => [...(row.shadowRoot ?? row).querySelectorAll(name)].map((e) => e.textContent.trim()).join(' ');
      found[text('.name').split(/\\s/)[0]] = text('.messages').split(/\\s/)[0];
    }
  };
  walk(document);
  return found;
}"""
DOWNLOAD = """() => {
  const a = document.createElement('a');
  a.download = 'x.txt';
  a.href = 'data:text/plain,x';
  document.body.append(a);
  a.click();
}"""

Managed = Callable[[dict[str, object]], BrowserContext]


def _namespace(folder: Path) -> Path:
    """A command that starts Chromium with `folder` in the place of /etc/chromium. Skips where it can't be made."""
    chromium = shutil.which("chromium")
    if chromium is None or not Path("/etc/chromium").is_dir():
        pytest.skip("no Debian Chromium with its /etc/chromium on this machine")
    bind = f'mount --bind "{folder}" /etc/chromium'
    tried = subprocess.run(
        ["unshare", "--mount", "sh", "-c", bind], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"the policy folder can't be bound here (it takes root): {tried.stderr.strip()}")
    command = folder.parent / "managed-chromium"
    command.write_text(f'#!/bin/sh\nexec unshare --mount sh -c \'{bind} && exec {chromium} "$@"\' sh "$@"\n')
    command.chmod(0o755)
    return command


@pytest.fixture
def managed(tmp_path: Path, playwright: Playwright) -> Iterator[Managed]:
    """A function: settings → a Chromium under them that keeps downloads in `tmp_path`/downloads."""
    folder = tmp_path / "etc"
    (folder / "policies" / "managed").mkdir(parents=True)
    command, started = _namespace(folder), []

    def start(settings: dict[str, object]) -> BrowserContext:
        written = {**settings, "DownloadDirectory": str(tmp_path / "downloads")}
        (folder / "policies" / "managed" / "isinglass.json").write_text(json.dumps(written))
        started.append(
            playwright.chromium.launch_persistent_context(
                tmp_path / f"profile-{len(started)}",
                executable_path=command,
                args=["--no-sandbox", "--disable-gpu"],
            )
        )
        return started[-1]

    yield start
    for context in started:
        context.close()


def _settings() -> dict[str, object]:
    return {name: value for name, value in _shipped("chrome").items() if name not in ATTACHABLE}


def _shipped(browser: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((KIT / f"{browser}.json").read_text())
    return content


def _effects(
    context: BrowserContext, elsewhere: Elsewhere, downloads: Path, patience_s: float
) -> dict[str, object]:
    """What a page of `elsewhere` can do; a download has so long to begin."""
    page = context.new_page()
    page.goto(elsewhere.origin + "/plain")
    context.new_cdp_session(page).send("Browser.setDownloadBehavior", {"behavior": "default"})
    page.evaluate(DOWNLOAD)
    page.goto(elsewhere.origin + "/plain")  # a second navigation: the download was decided on by then
    return {
        "download": soon(page, lambda: downloads.exists() and any(downloads.iterdir()), patience_s),
        "clipboard": page.evaluate(
            "navigator.permissions.query({ name: 'clipboard-read' }).then(({ state }) => state)"
        ),
        "save": page.evaluate("showSaveFilePicker().catch(({ name }) => name)"),
        "source": _reaches(page, "view-source:" + elsewhere.origin + "/plain"),
    }


def _reaches(page: Page, address: str) -> str:
    try:
        page.goto(address)
    except Error as error:
        found = re.search(r"ERR_\w+", str(error))
        return found.group() if found else str(error)
    return "shown"


def test_each_setting_is_known_and_takes_effect(managed: Managed, tmp_path: Path) -> None:
    elsewhere = Elsewhere()
    free = managed({})
    assert _effects(free, elsewhere, tmp_path / "downloads", PATIENCE_S) == {
        "download": True,
        "clipboard": "prompt",
        "save": "AbortError",  # a dialog that nobody answers
        "source": "shown",
    }
    free.close()
    shutil.rmtree(tmp_path / "downloads")
    context = managed(_settings())
    assert _effects(context, elsewhere, tmp_path / "downloads", 3) == {
        "download": False,
        "clipboard": "denied",
        "save": "NotAllowedError",
        "source": "ERR_BLOCKED_BY_ADMINISTRATOR",
    }
    page = context.new_page()
    page.goto("chrome://policy")
    said = page.wait_for_function(
        f"(names) => {{ const rows = ({ROWS})(); return names.every((name) => rows[name]) && rows; }}",
        arg=list(_settings()),
        timeout=PATIENCE_S * 1000,
    ).json_value()
    assert {name: said[name] for name in _settings()} == dict.fromkeys(_settings(), "OK")
    elsewhere.server.shutdown()
    elsewhere.server.server_close()


def test_nobody_attaches_developer_tools(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    (folder / "policies" / "managed").mkdir(parents=True)
    command = _namespace(folder)
    for settings, said in (
        ({}, "DevTools listening on"),
        (
            {"RemoteDebuggingAllowed": _shipped("chrome")["RemoteDebuggingAllowed"]},
            "disallowed by the system admin",
        ),
    ):
        (folder / "policies" / "managed" / "isinglass.json").write_text(json.dumps(settings))
        with subprocess.Popen(
            [
                command,
                *("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"),
                f"--user-data-dir={tmp_path / said[:4]}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as chromium:
            assert chromium.stderr is not None
            heard = next((line for line in chromium.stderr if "DevTools" in line and said in line), "")
            chromium.kill()
        assert heard


@pytest.mark.parametrize("browser", ["chrome", "edge"])
def test_the_kit_is_what_the_command_writes(browser: str, tmp_path: Path) -> None:
    printed = isinglass(tmp_path, "managed-browser", str(SOURCE), "--origin", ORIGIN, "--browser", browser)
    assert json.loads(printed) == _shipped(browser)


def test_a_policy_that_opens_a_way_leaves_it_open_in_the_browser() -> None:
    loaded = load_all({SOURCE.name: SOURCE.read_text(encoding="utf-8")})
    closed = compose(loaded.policies)
    opened = replace(
        closed,
        **dict.fromkeys(("copy", "paste", "print", "download", "save"), Surface.ALLOW),
        on_capture_key=Cover.SHOW,
        devtools=Devtools.SHOW,
    )
    for browser in Browser:
        left = browser_policy(opened, ORIGIN, browser)
        for name in (
            "PrintingEnabled",
            "DownloadRestrictions",
            "DefaultClipboardSetting",
            "ScreenCaptureAllowed",
        ):
            assert name not in left
        assert "DeveloperToolsAvailability" not in left
        assert left["ExtensionInstallBlocklist"] == ["*"]
