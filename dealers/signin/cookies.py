"""The cookie of a session: its key, signed with a secret that stands in no database."""

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse

PURPOSE = "session cookie"


class SignedSessionMiddleware(SessionMiddleware):
    """Lets go on with a session who was given its cookie, not who read its key in the database.

    That may be a backup, or what an injection shows. Only where ``SESSION_COOKIE_SIGNED``.
    """

    def process_request(self, request: HttpRequest) -> None:
        given = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = self.SessionStore(_key_in(given) if given else None)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if settings.SESSION_COOKIE_SIGNED and cookie is not None and cookie.value:
            signed = Signer(salt=PURPOSE).sign(cookie.value)
            cookie.set(cookie.key, signed, signed)
        return response


def _key_in(cookie: str) -> str | None:
    """The key of a session; None for one that we did not give."""
    if not settings.SESSION_COOKIE_SIGNED:
        return cookie
    try:
        return Signer(salt=PURPOSE).unsign(cookie)
    except BadSignature:
        return None
