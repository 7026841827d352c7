"""Where the portal is on the network, and how much it takes from there."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

LARGEST_FORM = 1024 * 1024  # bytes of a request's body
LARGEST_UPLOAD = 64 * 1024 * 1024  # where a view says that it takes files
READS = frozenset({"GET", "HEAD", "OPTIONS"})  # methods by which nobody sends anything


def address(request: HttpRequest) -> str:
    """The address of the portal as this person reached it, without a slash at its end."""
    return f"{request.scheme}://{request.get_host()}"


def public_address(request: HttpRequest) -> str:
    """The address for links on paper, which others read: in demo mode that of who asks for it."""
    return address(request) if settings.PORTAL_DEMO else settings.PORTAL_ADDRESS


def takes_files[View: Callable[..., HttpResponse]](view: View) -> View:
    """Let people at headquarters send ``view`` up to 64 MB."""
    return takes(LARGEST_UPLOAD, at_headquarters)(view)


def takes[View: Callable[..., HttpResponse]](
    largest: int | Callable[[], int], who: Callable[[HttpRequest], bool]
) -> Callable[[View], View]:
    """Let a view be sent up to ``largest`` bytes, by requests of ``who`` only."""

    def mark(view: View) -> View:
        view.largest_body, view.takes_from = largest, who  # type: ignore[attr-defined]
        return view

    return mark


def at_headquarters(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))


def largest_body(view: Callable[..., Any], request: HttpRequest) -> int:
    """How many bytes this request to ``view`` may have."""
    allowed = getattr(view, "takes_from", None)
    if allowed is None or not allowed(request):
        return LARGEST_FORM
    largest = getattr(view, "largest_body", LARGEST_FORM)
    return largest() if callable(largest) else largest
