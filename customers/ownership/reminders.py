"""What owners are told before time does something: of late contacts and of nearing ends, each once.

What is out depends on the moment alone; that nobody is told twice is the notices' own rule.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F
from django.urls import reverse
from django.utils.translation import gettext_noop

from customers.models import Ownership
from customers.ownership import duties
from customers.ownership.changes import standing_of
from customers.ownership.rulebook import last_day
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Happened, What
from dealers import notices, sayings
from dealers.models import Membership, NoticeKind, Store, User

LATE = gettext_noop("Nobody has contacted new customers in time, %(store)s: %(count)s")
LET_GO = gettext_noop(
    "Nobody has contacted new customers in time, %(store)s: %(count)s. Without contact they are"
    " released."
)
ENDS = gettext_noop("Protections that end on %(day)s, %(store)s: %(count)s")
HAPPENED = {
    What.RELEASED: gettext_noop(
        "Nobody contacted a customer in time, who is free for others now: %(store)s"
    ),
    What.EXTENDED: gettext_noop(
        "Nobody answered the request in time, so the protection is extended: %(store)s"
    ),
    What.DECLINED: gettext_noop(
        "Nobody answered the second request in time, so the protection is not extended: %(store)s"
    ),
    What.SERVED: gettext_noop("It was your turn in line, a customer is yours now: %(store)s"),
}
MISSED = timedelta(days=3)  # a warning that was not told in so long is not told any more
HOUR = timedelta(hours=1)

Key = tuple[int, int | None, str]  # store, who follows up, and what it is about


def tell(at: datetime) -> int:
    """Tell whose first contact is overdue and whose protection ends soon; how many are told."""
    return _late(at) + _ending(at)


def tell_of(happened: Happened, customer: object, at: datetime) -> None:
    """Tell the owner what has just come by itself."""
    standing = happened.standing
    if standing is None or happened.what not in HAPPENED:
        return
    store = Store.objects.get(pk=standing.store)
    notices.tell(
        _people(store, standing.staff, at),
        NoticeKind.PROTECTION,
        sayings.kept(HAPPENED[happened.what], store=[store.name]),
        to=reverse("customers:detail", args=[customer]),
        about=f"{happened.what}:{standing.id}:{happened.at.isoformat()}",
        at=at,
    )


def _late(at: datetime) -> int:
    """Those whose hour is over: told of together, and apart from those who are let go."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    rows = Ownership.objects.running(at).filter(
        contacted_at=None, contact_due_at__lt=hour, contact_due_at__gte=hour - MISSED, frozen=False
    )
    found: Counter[tuple[str, Key]] = Counter()
    for owned in rows.select_related("store").iterator():
        said = LATE if duties.release_due(standing_of(owned)) is None else LET_GO
        about = f"late:{owned.contact_due_at:%Y-%m-%dT%H}" + (":stay" if said == LATE else "")
        found[said, (owned.store_id, owned.staff_id, about)] += 1
    told = 0
    for (said, key), count in sorted(found.items(), key=str):
        told += _tell(said, key, "followup", at, count=[str(count)])
    return told


def _ending(at: datetime) -> int:
    """Those of one last day: told of together, once for each of the rulebook's warnings."""
    rulebooks, told = Rulebooks.on_file(), 0
    for before in sorted({days for it in rulebooks.published for days in it.warning_days}):
        for store, staff, until, zone, count in _groups(before, at):
            tz = ZoneInfo(zone)
            out = duties.warning_at(until, before, tz)
            if before not in rulebooks.on(at, tz).warning_days or not at - MISSED < out <= at:
                continue
            day = f"{last_day(until, tz):%Y-%m-%d}"
            key = (store, staff, f"ends:{day}:{before}")
            told += _tell(ENDS, key, "expiring", at, count=[str(count)], day=[day])
    return told


def _groups(before: int, at: datetime) -> Iterable[tuple[int, int | None, datetime, str, int]]:
    """How many protections of whom end together, among those whose warning may be out now.

    What began after its warning is not warned of, as ``duties.warned`` says of each; where clocks
    are changed in between, to the hour.
    """
    out = timedelta(days=before + 1)
    rows = Ownership.objects.running(at).filter(
        frozen=False,
        protected_until__gt=max(at, at + out - MISSED - HOUR),
        protected_until__lte=at + out + HOUR,
        period__startswith__lte=F("protected_until") - out,
    )
    groups = rows.order_by("store", "staff", "protected_until").values_list(
        "store", "staff", "protected_until", "store__timezone"
    )
    return groups.annotate(Count("pk"))


def _tell(sentence: str, key: Key, view: str, at: datetime, **parts: list[str]) -> int:
    store, staff, about = key
    place = Store.objects.get(pk=store)
    people = _people(place, staff, at)
    # Who leads the store may be told of customers of their own as well.
    instead = "" if staff in {user.pk for user in people} else f":{staff or 'nobody'}"
    return notices.tell(
        people,
        NoticeKind.PROTECTION,
        sayings.kept(sentence, store=[place.name], **parts),
        to=f"{reverse('customers:list')}?view={view}",
        about=f"{store}:{about}{instead}",
        at=at,
    )


def concerned(owned: Ownership, at: datetime) -> list[User]:
    """Who answers for a customer's store, and who follows them up."""
    posts = Membership.objects.current(at).answering_for(owned.store).select_related("user")
    people = [post.user for post in posts]
    if owned.staff_id is not None and owned.staff_id not in {user.pk for user in people}:
        people += User.objects.filter(pk=owned.staff_id)
    return people


def still_there(user: User, store: Store, at: datetime) -> list[User]:
    """Somebody who did something at a store, or who answers for it where they work no longer."""
    posts = Membership.objects.current(at).select_related("user")
    here = posts.working_at(store.pk, store.dealer_id).filter(user=user)
    return [post.user for post in here or posts.answering_for(store)]


def _people(store: Store, staff: int | None, at: datetime) -> list[User]:
    """Who follows the customer up, or who answers for the store where nobody does.

    A closed account keeps its customers, and is told nothing.
    """
    if staff is not None and (follows := User.objects.filter(pk=staff, is_active=True).first()):
        return [follows]
    posts = Membership.objects.current(at).answering_for(store).select_related("user")
    return [post.user for post in posts]
