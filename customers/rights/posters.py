"""The poster that hangs in a store, with the code of its page."""

from datetime import datetime

from django.template.loader import render_to_string

from dealers.models import Store
from dealers.paper import qr_code, typeset


def render_pdf(store: Store, *, address: str, until: datetime) -> bytes:
    """An A4 page in the current language. ``address``: what the code opens, until ``until``."""
    page = render_to_string(
        "pdf/poster.html",
        {"store": store, "qr": qr_code(address), "until": until.astimezone(store.tz).date()},
    )
    return typeset(page, ["print"])[0]
