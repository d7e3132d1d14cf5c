"""Where several controls meet: whether the text of a document goes out as characters, and whether views are kept.

The stricter side wins between fields too. A page of text is all of the page at full detail, at once and without a mark: where
less than that may be seen at once, no text is sent.
"""

from policies.controls import Controls
from policies.values import Reveal, TextDelivery


def sends_text(controls: Controls) -> bool:
    """Whether a page's text is sent beside its picture."""
    return controls.text is TextDelivery.TEXT and withheld(controls) is None


def withheld(controls: Controls) -> str | None:
    """What keeps text in pixels whatever `surface.text` says, as a person reads it; None if nothing does."""
    if controls.reveal is Reveal.SPOTLIGHT:
        return "display.reveal is spotlight"
    if controls.max_detail < 1:
        return "display.max_detail is below 1"
    if controls.max_zoom < 1:
        return "display.max_zoom is below 1"
    return None


def keeps_views(controls: Controls) -> bool:
    """Whether the exposure ledger keeps what a session is shown.

    A share of an item is counted from the ledger, and text leaves no mark that leads back to its reader: with either, views
    are kept whatever `record.views` says.
    """
    return controls.record_views or controls.share_of_item < 1 or sends_text(controls)
