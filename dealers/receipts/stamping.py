"""Having the root of each day time-stamped, after it was made; nothing waits for it.

A root is never changed by that. Each try stands in a table of its own, whatever came of it, and
what failed is tried again: within the day by the outbox, on the days after by the job of the roots.
A root names the one before it, so that a stamp over a later one shows of all before that they were
there by then.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from cryptography import x509

from dealers import outbox
from dealers.models import DailyRoot, StampAttempt, StampOutcome
from dealers.months import hq_day
from dealers.receipts.stamp_services import NotStamped, checked, configured

TASK = "dealers.tasks.stamp_root"
BACK = timedelta(days=7)  # so long it is tried; then stamps of later roots have to do
LATE = timedelta(hours=6)  # from then on it is said that a stamp is missing


def ask(at: datetime) -> int:
    """Have the roots of the last days that have no stamp yet stamped; how many.

    Asked for again on the same day, nothing more is put down.
    """
    today = hq_day(at)
    puts = [
        outbox.Put(TASK, (str(root.day),), f"stamp:{root.day}:{today}", at) for root in _without(at)
    ]
    outbox.add_all(puts, at=at)
    return len(puts)


def take(day: str, at: datetime) -> None:
    """Have the root of a day stamped, for a task of its own, in no transaction.

    One that is stamped, or is not there any more, is left. Raises NotStamped, once it is noted.
    """
    service = configured()
    root = DailyRoot.objects.filter(day=day).first()
    if service is None or root is None:
        return
    if root.attempts.stamps().filter(local=service.local).exists():
        return
    attempt = StampAttempt(root=root, at=at, local=service.local, service=service.name)
    try:
        stamp = service.stamp(root.line.encode(), at)
    except NotStamped as problem:
        attempt.outcome, attempt.detail = problem.outcome, problem.detail
        attempt.save()
        raise
    attempt.outcome, attempt.answer = StampOutcome.STAMPED, stamp.answer
    attempt.stamped_at, attempt.stamped_by = stamp.at, stamp.by
    attempt.certificates = stamp.certificates
    # Of two workers that asked at once, the first has stamped it.
    StampAttempt.objects.bulk_create([attempt], ignore_conflicts=True)


def stamps_of(roots: Iterable[DailyRoot]) -> dict[int, StampAttempt]:
    """The stamp of each root that has one, by its id, as pages show it."""
    found = StampAttempt.objects.one_a_root().filter(root__in=[each.pk for each in roots])
    shown = found.defer("answer", "certificates").select_related("root")
    return {each.root_id: each for each in shown}


def stamp_of(day: date) -> StampAttempt | None:
    """The stamp of the root of a day, with the answer and the certificates, if there is one."""
    return StampAttempt.objects.one_a_root().filter(root__day=day).select_related("root").first()


def awaited(root: DailyRoot, at: datetime) -> bool:
    """Whether a service outside is still asked to stamp a root that has no stamp yet."""
    service = configured()
    return service is not None and not service.local and root.day >= _tried_from(at)


def missing_since(at: datetime) -> DailyRoot | None:
    """The earliest of the last roots that should be stamped long ago, and is not."""
    return min(_without(at, made_before=at - LATE), key=lambda root: root.day, default=None)


def broken() -> Iterator[str]:
    """The stamps that are not over their root, or not as they were given."""
    for each in StampAttempt.objects.stamps().select_related("root").iterator(chunk_size=100):
        try:
            trusted = x509.load_pem_x509_certificates(each.certificates.encode())
            stamp = checked(
                each.content, each.root.line.encode(), None, trusted, each.stamped_at or each.at
            )
        except (NotStamped, ValueError) as problem:
            yield f"the stamp of {each.root}: {problem}"
        else:
            if stamp.at != each.stamped_at:
                yield f"the stamp of {each.root} names another moment"


def _without(at: datetime, made_before: datetime | None = None) -> list[DailyRoot]:
    """The roots of the last days that who stamps here has not stamped."""
    service = configured()
    if service is None:
        return []
    stamps = StampAttempt.objects.stamps()
    stamps = stamps if service.local else stamps.from_outside()
    roots = DailyRoot.objects.filter(day__gte=_tried_from(at))
    if made_before is not None:
        roots = roots.filter(at__lt=made_before)
    return list(roots.exclude(pk__in=stamps.values("root")))


def _tried_from(at: datetime) -> date:
    """The first day whose root is still tried."""
    return hq_day(at) - BACK
