"""What a managed browser is to forbid so that a session's controls hold beyond the page: Chrome's and Edge's enterprise policies.

The names are those of the vendors' policy lists. A browser that does not know one says so on its policy page and goes on.
"""

from collections.abc import Mapping
from enum import StrEnum

from policies.controls import Controls
from policies.values import Cover, Devtools, Surface

Settings = dict[str, object]


class Browser(StrEnum):
    """Whose policy file."""

    CHROME = "chrome"
    EDGE = "edge"


def browser_policy(controls: Controls, origin: str, browser: Browser) -> Settings:
    """The policy file's content for people under `controls` who work at `origin`, by name."""
    settings = dict(_ALWAYS)
    if controls.on_capture_key is not Cover.SHOW:
        settings |= {"ScreenCaptureAllowed": False, "DisableScreenshots": True}
        if browser is Browser.EDGE:
            settings["WebCaptureEnabled"] = False
    if Surface.DENY in {controls.download, controls.save}:
        settings |= {"DownloadRestrictions": 3, "AllowFileSelectionDialogs": False}
    if controls.print is Surface.DENY:
        settings["PrintingEnabled"] = False
    if Surface.DENY in {controls.copy, controls.paste}:
        settings |= {"DefaultClipboardSetting": 2, "ClipboardBlockedForUrls": [origin]}
    if controls.devtools is not Devtools.SHOW:
        settings |= {
            "DeveloperToolsAvailability": 2,
            "RemoteDebuggingAllowed": False,
            "URLBlocklist": ["view-source:*"],
        }
    private = "InPrivateModeAvailability" if browser is Browser.EDGE else "IncognitoModeAvailability"
    return dict(sorted((settings | {private: 1}).items()))


# Extensions see every pixel of a tab and every frame of its socket; the page's files and what it stores stay off the disk.
_ALWAYS: Mapping[str, object] = {
    "ExtensionInstallBlocklist": ["*"],
    "BackgroundModeEnabled": False,
    "DefaultFileSystemReadGuardSetting": 2,
    "DefaultFileSystemWriteGuardSetting": 2,
    "DefaultWebUsbGuardSetting": 2,
    "DefaultWebBluetoothGuardSetting": 2,
    "NetworkPredictionOptions": 2,
    "SyncDisabled": True,
}
