"""Where the portal is on the network."""

from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The address of the portal as this person reached it, without a slash at its end."""
    return f"{request.scheme}://{request.get_host()}"
