"""One request is one transaction, in which the database knows who is acting."""

from contextlib import ExitStack, contextmanager, nullcontext

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, ImproperlyConfigured
from django.db import transaction
from django.http import Http404, HttpResponseNotFound
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from config import errors, health
from config.servers.database.base import patience
from dealers import access, clock, forbidden, looking, waiting, watch
from dealers.actor import HQ, Actor, at_the_door, tell_behind_walls
from dealers.signin import second_factor
from dealers.site import LARGEST_FORM, READS, largest_body
from dealers.spreadsheets import Pieces

NUL = "\0"
PERMISSIONS_POLICY = (
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), midi=(),"
    " accelerometer=(), gyroscope=(), magnetometer=(), interest-cohort=()"
)
# What people of headquarters see who look at a dealer's pages, and what they can do there.
LOOKED_AT = {
    "home", "incentives:earnings", "incentives:earnings-month", "incentives:line",
    "incentives:result", "incentives:statement", "incentives:ranking", "incentives:ranking-rules",
    "incentives:ranking-board",
}  # fmt: skip
WHILE_LOOKING = {"dealers:stop-looking", "account_logout", "language", "theme"}
PATIENCE = 15.0  # seconds for each thing that a page asks of the database


def match_of(request):
    """The view that the address of a request leads to, with its name; None: it leads nowhere."""
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def health_first(get_response):
    """Answers the load balancer without a transaction, a session or a name of the host."""

    def answer(request):
        return health.healthz(request) if request.path == "/healthz" else get_response(request)

    return answer


def packages_apart(get_response):
    """Answers the host of packages with packages alone, and these by no other host, if it has one.

    There they have an origin, and whatever lay beside them would be in reach of their scripts.
    """

    def answer(request):
        if host := settings.PORTAL_PACKAGES_HOST:
            asked = request.META.get("HTTP_HOST", "").lower() == host
            if asked != request.path_info.startswith("/lesson-packages/"):
                return HttpResponseNotFound()
        return get_response(request)

    return answer


def permissions_policy(get_response):
    """Tells browsers that no page of ours, nor what it might show, asks for a device."""

    def answer(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return answer


def limit_body(get_response):
    """Refuses bodies over 1 MB before anything of them is read.

    Views that take files say so, how large they may be and from whom they take them.
    """

    def answer(request):
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > LARGEST_FORM:
            match = match_of(request)
            limit = largest_body(match.func, request) if match else LARGEST_FORM
            if length > limit:
                return errors.too_large(request)
        return get_response(request)

    return answer


class WrongClockMiddleware:
    """Lets a server whose clock is wrong show pages, and record nothing.

    What a page puts down as it is shown, such as that a lesson was opened, is taken back with it. A
    page that must leave an entry, or promises something, says what is wrong.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.clock_is_wrong:
            return self.get_response(request)
        if request.method not in READS:
            return errors.wrong_clock(request)
        with transaction.atomic(), clock.showing_only():
            response = self.get_response(request)
            transaction.set_rollback(True)
        return response

    def process_exception(self, request, exception):
        return errors.wrong_clock(request) if isinstance(exception, clock.ClockWrong) else None


def refuse_unreadable(get_response):
    """Refuses what no browser sends, before anything reads it.

    Texts are UTF-8: an encoding that the request chooses may make any text of its bytes, also one
    that the database cannot hold. So may a cookie, whose quotes can hide any character.
    """

    def answer(request):
        asked = request.content_params.get("charset", "utf-8")
        if asked.lower() not in {"utf-8", "utf8"}:
            request.encoding = "utf-8"  # the page that says so reads the request as well
            raise BadRequest(f"Encoded as {asked}")
        if any(NUL in value for value in request.COOKIES.values()):
            raise BadRequest("NUL in a cookie")
        return get_response(request)

    return answer


def refuse_nul(get_response):
    """Refuses what the database cannot hold, whichever view would have asked it for that.

    An address with the character NUL leads nowhere: 404. A query or a form that holds one was not
    written by a person in front of our pages: 400. Django replaces what is not UTF-8 by itself.
    """

    def answer(request):
        if NUL in request.path_info:
            raise Http404
        for data in (request.GET, request.POST):
            for name, values in data.lists():
                if NUL in name or any(NUL in value for value in values):
                    raise BadRequest(f"NUL in {name!r}")
        return get_response(request)

    return answer


class TransactionMiddleware:
    """Runs the view and renders its answer inside one transaction.

    An exception in a view or an answer of 500 and more takes everything back; a refusal that a
    view answers itself commits. Work queued for after the commit starts before the answer leaves.
    That the walls of the database refused a page, headquarters is told after that.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.view_failed = request.refused_by_walls = False
        sends = request.method not in READS
        waited = waiting.queued.get() if sends else 0.0
        with patience(PATIENCE), waiting.answering(waited) as left:
            hasty = patience(left) if sends and hurries(request) else nullcontext()
            with forbidden.noted(), hasty, taken_up(sends=sends):
                response = self.get_response(request)
                if response.streaming and not isinstance(response, Pieces):
                    # Its body would be made after the commit, without the actor's context.
                    raise ImproperlyConfigured(f"{request.path} answers with a stream.")
                if request.view_failed or response.status_code >= 500:
                    transaction.set_rollback(True)
            if request.refused_by_walls:
                watch.of_refused_pages(timezone.now())
        return response

    def process_exception(self, request, exception):
        if actor := getattr(request, "actor", None):
            forbidden.refused_by_rule(exception, by=actor, at=timezone.now())
        # Django turns the exception into an answer on its way out. The page that says so may still
        # query, so the transaction is only marked at the end.
        request.view_failed = True


def hurries(request):
    """Whether a customer waits for what is sent."""
    match = match_of(request)
    return match is not None and getattr(match.func, "hurried", False)


@contextmanager
def taken_up(*, sends):
    """The request's transaction; who ``sends`` something is told soon where it does not begin.

    A pool before the database may have no session free, which takes as long as others hold theirs.
    What was typed is still on its page, and sent again.
    """
    with ExitStack() as work:
        with patience(waiting.PATIENCE if sends else PATIENCE):
            work.enter_context(at_the_door())
        yield


class LanguageMiddleware:
    """Speaks the language of the person, else of their cookie, else of their browser."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = getattr(request.user, "language", "")
        language = chosen or translation.get_language_from_request(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not chosen:
            patch_vary_headers(response, ["Accept-Language"])
        return response


def second_factor_first(get_response):
    """Lets owners and headquarters go on without a second factor for seven days, then set it up.

    Until then a note on each page says so: ``request.second_factor_by``.
    """

    def answer(request):
        request.second_factor_by = second_factor.due(request, timezone.now())
        if request.second_factor_by is None or timezone.now() < request.second_factor_by:
            return get_response(request)
        match = match_of(request)
        if match is None:
            return get_response(request)
        name = match.view_name
        if name.startswith(("mfa_", "account_")) or name in {"language", "theme"}:
            return get_response(request)
        messages.warning(request, _("Set up a second factor first: then the portal opens."))
        return redirect("mfa_index")

    return answer


def looking_reads_only(get_response):
    """Lets people of headquarters who look at a dealer's pages read those, and do nothing else."""

    def answer(request):
        if request.looking is None:
            return get_response(request)
        match = match_of(request)
        if match is None:
            return get_response(request)
        name = match.view_name
        reads = request.method in ("GET", "HEAD") and name in LOOKED_AT
        reads = reads and "export" not in request.GET  # a file would be taken away
        if reads or name in WHILE_LOOKING:
            return get_response(request)
        messages.warning(request, _("You only look here: you can change and take nothing."))
        return redirect("home")

    return answer


class ActorMiddleware:
    """Finds the person's current post and tells the database, for this transaction only.

    Sets ``request.memberships`` (all current posts), ``request.membership`` (the one chosen in
    the header, else the first; None for visitors and headquarters), ``request.actor``,
    ``request.clock_is_wrong`` and ``request.looking``, which is None but for people of headquarters
    who look at a dealer's pages; outside of the admin they get its owner's post for them. Who works
    at headquarters and manages a region too chooses headquarters like a post, or by the admin.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.memberships, request.membership, request.looking = [], None, None
        if not request.user.is_authenticated:
            self._tell(request, Actor.visitor())
            return self.get_response(request)

        now = timezone.now()
        request.memberships = request.user.posts
        chosen = request.session.get("membership")
        for membership in request.memberships:
            if request.membership is None or membership.pk == chosen:
                request.membership = membership
        in_admin = request.path_info.startswith("/admin/")
        if in_admin and request.user.is_staff and request.memberships and chosen != HQ:
            # And on the pages that the admin leads to, until they choose their post again.
            chosen = request.session["membership"] = HQ
        if chosen == HQ and request.user.is_staff:
            request.membership = None
        if looking.KEY in request.session and not in_admin:
            request.looking = looking.kept(request.session, request.user, now)
        if request.looking:
            request.membership = request.looking.membership
            self._tell(request, request.looking.actor)
        else:
            self._tell(request, Actor.signed_in(request.user, request.membership))

        with timezone.override(own_timezone(request.membership)):
            response = self.get_response(request)
        # Personal pages stay out of caches and of search engines.
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    @staticmethod
    def _tell(request, actor):
        request.actor = actor
        before = timezone.now()
        theirs = tell_behind_walls(actor)
        request.clock_is_wrong = clock.differs(before, theirs, timezone.now())


def note_looks(get_response):
    """Puts what a page shows to people from outside a dealer into that dealer's access log.

    In the page's own transaction: without the entry there is no page. A page that fails shows
    nothing.
    """

    def answer(request):
        purpose = request.looking.purpose if request.looking else ""
        with access.one_page(purpose) as page:
            response = get_response(request)
            if request.view_failed or response.status_code >= 500:
                page.looks.clear()
        return response

    return answer


def own_timezone(membership):
    """The clock on the wall of the person: their store's, else the network's."""
    if membership and membership.store:
        return membership.store.tz
    return settings.TIME_ZONE
