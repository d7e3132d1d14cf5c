"""`display`, `watermark`, `masking`: what of a picture is sent; `exposure`, `record`: how much of it, and what is kept."""

from policies.domains import Choice, Count, Flag, Number, Profile
from policies.legend import Mark
from policies.regions import Exempt
from policies.table.field import Field
from policies.values import ControlKind, Forensic, OnLimit, Reveal, Windowing

MIN_OPACITY = 0.02  # five of 255 grey levels: below it a mark would be one in name only
MIN_SIDE, MAX_SIDE = 64, 4096  # device pixels; a wall display
MAX_ZOOM = 256.0  # device pixels an image pixel, `viewer.render.view.MAX_SCALE`
MAX_WIDTH = 65_536.0  # stored values: every picture of 16 bits
MAX_VALUES = 600  # a minute; whoever reads ten a second reads a slice of 512 x 512 in seven hours
MAX_BUDGET = 100_000  # of items an hour and of people a day: more than anybody can look at

_ENFORCED = ControlKind.ENFORCED
_DISPLAY, _WATERMARK = "gateway/test_stream_display.py", "viewer/test_render_mark.py"
_EXPOSURE = "gateway/test_stream_budgets.py"

DISPLAY = (
    Field(
        path="display.reveal",
        attribute="reveal",
        domain=Choice(Reveal),
        default="full",
        kind=_ENFORCED,
        by="the server sends full detail around the pointer only, and a coarse picture elsewhere",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.spotlight_radius",
        attribute="spotlight_radius_px",
        domain=Count(1024, 16),
        default=160,
        kind=_ENFORCED,
        by="device pixels around the pointer that the spotlight shows in full; without `reveal` it says nothing",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.spotlight_detail",
        attribute="spotlight_detail",
        domain=Number(0.01, 0.5, 0.125, "a share of the full detail; more than half is no spotlight"),
        default=0.125,
        kind=_ENFORCED,
        by="the share of the detail that the server sends around the spotlight, along each side",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.lossless",
        attribute="lossless",
        domain=Flag(),
        default=False,
        kind=_ENFORCED,
        by="the server sends the exact picture of a still scan or photograph only if this is true; text always",
        shown_by="gateway/test_stream_pacing.py",
    ),
    Field(
        path="display.max_side",
        attribute="max_side_px",
        domain=Count(MAX_SIDE, MIN_SIDE),
        default=MAX_SIDE,
        kind=_ENFORCED,
        by="device pixels of a frame's longer side; the server draws no larger one",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.max_zoom",
        attribute="max_zoom",
        domain=Number(0.1, MAX_ZOOM, 8.0, "device pixels an image pixel"),
        default=MAX_ZOOM,
        kind=_ENFORCED,
        by="device pixels an image pixel; the server draws no larger",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.max_detail",
        attribute="max_detail",
        domain=Number(0.01, 1.0, 0.5, "a share of the full detail"),
        default=1.0,
        kind=_ENFORCED,
        by="the share of a picture's own resolution that the server sends at most, along each side",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.windowing",
        attribute="windowing",
        domain=Choice(Windowing),
        default="free",
        kind=_ENFORCED,
        by="the server draws a scan with its own windows only",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.min_window_width",
        attribute="min_window_width",
        domain=Number(1.0, MAX_WIDTH, 80.0, "stored values, 16 bits of them", more_is_strict=True),
        default=1.0,
        kind=_ENFORCED,
        by="the narrowest window that the server draws, in the scan's units (HU in CT)",
        shown_by=_DISPLAY,
    ),
    Field(
        path="display.values",
        attribute="values_per_min",
        domain=Count(MAX_VALUES, 0),
        default=0,
        kind=_ENFORCED,
        by="exact pixel values (HU, SUV, stored) that the server tells in a minute, each in the exposure ledger; none where detail is kept back",
        shown_by="gateway/test_stream_values.py",
        absent=0,
    ),
)

WATERMARK = (
    Field(
        path="watermark.visible",
        attribute="watermark_visible",
        domain=Mark(),
        default="{user} {session} {time}",
        kind=_ENFORCED,
        by="burned into every frame on the server, before encoding",
        shown_by=_WATERMARK,
    ),
    Field(
        path="watermark.opacity",
        attribute="watermark_opacity",
        domain=Number(MIN_OPACITY, 1.0, 0.14, "a fainter mark can't be seen", more_is_strict=True),
        default=0.14,
        kind=_ENFORCED,
        by="burned into every frame on the server, before encoding",
        shown_by=_WATERMARK,
    ),
    Field(
        path="watermark.forensic",
        attribute="forensic",
        domain=Choice(Forensic),
        default="standard",
        kind=_ENFORCED,
        by="the strength of the invisible mark that the server lays into every frame",
        shown_by=_WATERMARK,
    ),
    Field(
        path="watermark.exempt",
        attribute="forensic_exempt",
        domain=Exempt(),
        default="nothing",
        kind=_ENFORCED,
        by="the server leaves the invisible mark out of this part of every frame, for diagnosis; the visible mark stays",
        shown_by=_WATERMARK,
    ),
    Field(
        path="masking.profile",
        attribute="masking_profile",
        domain=Profile(),
        default="clinical-strict",
        kind=_ENFORCED,
        by="the server opens only items that were masked with this profile or a stricter one",
        shown_by="policies/test_policies_deciding.py",
    ),
)

EXPOSURE = (
    Field(
        path="exposure.items_per_hour",
        attribute="items_per_hour",
        domain=Count(MAX_BUDGET),
        default=1000,
        kind=_ENFORCED,
        by="different items that the server shows a person in any hour, over all their sessions",
        shown_by=_EXPOSURE,
    ),
    Field(
        path="exposure.share_of_item",
        attribute="share_of_item",
        domain=Number(0.01, 1.0, 0.5, "a share of the picture's area"),
        default=1.0,
        kind=_ENFORCED,
        by="the share of an item that the server shows a person at full detail",
        shown_by=_EXPOSURE,
    ),
    Field(
        path="exposure.subjects_per_day",
        attribute="subjects_per_day",
        domain=Count(MAX_BUDGET),
        default=1000,
        kind=_ENFORCED,
        by="different people in pictures whom the server shows a person in any day",
        shown_by=_EXPOSURE,
    ),
    Field(
        path="exposure.on_limit",
        attribute="on_limit",
        domain=Choice(OnLimit),
        default="ask",
        kind=_ENFORCED,
        by="when a budget is used up the server stops, asks for a reason, or slows down",
        shown_by=_EXPOSURE,
    ),
    Field(
        path="record.views",
        attribute="record_views",
        domain=Flag(strict=True),
        default=True,
        kind=_ENFORCED,
        by="the server keeps each view in the exposure ledger; if not, only that an item was opened, but all where a share is set or text is sent",
        shown_by="gateway/test_web_views.py",
    ),
    Field(
        path="record.shadow_notice",
        attribute="shadow_notice",
        domain=Flag(strict=True),
        default=True,
        kind=_ENFORCED,
        by="whoever is looked at over the shoulder is told so on their screen; where not, the audit log says that it was withheld",
        shown_by="journeys/test_shoulder.py",
    ),
)
