"""Pages and style sheets travel compressed, unless somebody else may be measuring their length."""

from django.http import HttpRequest
from django.middleware.gzip import GZipMiddleware

TEXTS = {
    "text/html", "text/css", "text/plain", "text/javascript", "application/javascript",
    "application/json", "image/svg+xml",
}  # fmt: skip


class CompressionMiddleware(GZipMiddleware):
    """Compresses texts for the portal's own pages.

    Where a page holds a secret beside what the address says, its compressed length tells whether
    the two are alike (BREACH). So nothing is compressed that another site had the browser ask for,
    the session's cookie is never sent for what another site's page embeds, Django writes the form
    token differently each time, and each answer is a random number of bytes longer.
    """

    def process_response(self, request, response):
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        # A part of a file is counted in its own bytes.
        if kind not in TEXTS or response.status_code == 206 or asked_by_others(request):
            return response
        return super().process_response(request, response)


def asked_by_others(request: HttpRequest) -> bool:
    """Whether the browser says that a page of another site asked for this."""
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
