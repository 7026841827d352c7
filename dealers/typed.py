"""What somebody typed into a form after their session had ended: kept, and there again afterwards.

A form that is to be kept says who typed into it, signed: nobody else finds it. It waits in the
session, which is sealed, until its person has signed in again.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme

from dealers.models import User

FIELD = "typed_by"
SALT = "dealers.typed"
IN_SESSION = "typed"
KEPT = "typed_is_kept"  # of a request whose form was kept
IN_ADDRESS = "typed"  # says that the form is to be filled again
REFUSED = "refused"  # in the address of a form that was refused; see config.keeping
KEPT_FOR = timedelta(hours=1)
LONGEST = 20_000  # characters
# Never filled in by a machine: consents are asked for anew, and secrets are not kept.
NEVER = ("consent", "offers", "password", "csrfmiddlewaretoken", FIELD)


def mark(user: User) -> str:
    """What a form holds to say who typed into it."""
    return signing.dumps(user.pk, salt=SALT, compress=False)


def typed_by(request: HttpRequest) -> int | None:
    """The id of who typed what was sent, if its form is to be kept."""
    try:
        return signing.loads(request.POST.get(FIELD, ""), salt=SALT)
    except signing.BadSignature:
        return None


def keep(request: HttpRequest, by: int) -> str:
    """Keep what was sent for ``by``; the address where it is there again."""
    sent = request.POST.copy()
    for name in NEVER:
        sent.pop(name, None)
    content = sent.urlencode()
    setattr(request, KEPT, True)
    if len(content) <= LONGEST:
        request.session[IN_SESSION] = {
            "by": by,
            "action": request.path,
            "content": content,
            "at": timezone.now().isoformat(),
        }
    return came_from(request, **{IN_ADDRESS: "1"})


def is_kept(request: HttpRequest) -> bool:
    """Whether what this request sent was not taken but kept."""
    return getattr(request, KEPT, False)


def came_from(request: HttpRequest, **more: str) -> str:
    """The page of ours that a form was sent from, else the one it was sent to."""
    referer = request.headers.get("Referer", "")
    path, query = request.path, request.GET.copy()
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        page = urlsplit(referer)
        path, query = f"/{page.path.lstrip('/')}", QueryDict(page.query, mutable=True)
    query.pop(REFUSED, None)
    for name, value in more.items():
        query[name] = value
    return f"{path}?{query.urlencode()}" if query else path


def kept(request: HttpRequest, action: str) -> dict[str, str]:
    """What this person typed into the form that is sent to ``action``, to begin with; mostly {}."""
    stored = request.session.get(IN_SESSION) if IN_ADDRESS in request.GET else None
    if not stored or stored["by"] != request.user.pk or stored["action"] != action:
        return {}
    at = parse_datetime(stored["at"])
    if at is None or at < timezone.now() - KEPT_FOR:
        return {}
    return QueryDict(stored["content"]).dict()


def forget(request: HttpRequest) -> None:
    """The form was sent: what was kept of it is not needed any more."""
    if request.session.get(IN_SESSION, {}).get("action") == request.path:
        del request.session[IN_SESSION]
