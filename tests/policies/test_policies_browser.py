"""The Edge file of the managed-browser kit against Microsoft's documentation of each policy. No Edge runs here."""

import json
from pathlib import Path

import pytest

KIT = Path(__file__).parents[2] / "deploy" / "managed-browser"

# Name → the type, and for a number the values that the documentation lists. "Microsoft Edge browser policies documentation",
# one page a policy: https://learn.microsoft.com/deployedge/microsoft-edge-browser-policies/<name in lower case>
# Held against their pages in 2026: DefaultClipboardSetting, DeveloperToolsAvailability, InPrivateModeAvailability,
# RemoteDebuggingAllowed, ScreenCaptureAllowed. The other rows still want that.
BOOLEAN, STRINGS = "boolean", "list of strings"
EDGE: dict[str, str | set[int]] = {
    "AllowFileSelectionDialogs": BOOLEAN,
    "BackgroundModeEnabled": BOOLEAN,
    "ClipboardBlockedForUrls": STRINGS,
    "DefaultClipboardSetting": {2, 3},  # block, ask
    "DefaultFileSystemReadGuardSetting": {2, 3},
    "DefaultFileSystemWriteGuardSetting": {2, 3},
    "DefaultWebBluetoothGuardSetting": {2, 3},
    "DefaultWebUsbGuardSetting": {2, 3},
    "DeveloperToolsAvailability": {0, 1, 2},  # 2: disallowed
    "DisableScreenshots": BOOLEAN,
    "DownloadRestrictions": {0, 1, 2, 3, 4},  # 3: all blocked
    "ExtensionInstallBlocklist": STRINGS,
    "InPrivateModeAvailability": {0, 1, 2},  # 1: disabled
    "NetworkPredictionOptions": {0, 1, 2},  # 2: never
    "PrintingEnabled": BOOLEAN,
    "RemoteDebuggingAllowed": BOOLEAN,
    "ScreenCaptureAllowed": BOOLEAN,
    "SyncDisabled": BOOLEAN,
    "URLBlocklist": STRINGS,
    "WebCaptureEnabled": BOOLEAN,
}
SHIPPED: dict[str, object] = json.loads((KIT / "edge.json").read_text(encoding="utf-8"))


def test_each_name_is_one_of_edges() -> None:
    assert set(SHIPPED) == set(EDGE)


@pytest.mark.parametrize("name", EDGE)
def test_a_value_is_of_the_documented_type(name: str) -> None:
    match EDGE[name], SHIPPED[name]:
        case "boolean", value:
            assert isinstance(value, bool)
        case "list of strings", value:
            assert isinstance(value, list)
            assert value
            assert all(isinstance(part, str) for part in value)
        case values, value:
            assert type(value) is int
            assert value in values
