"""Whether a course does what it is for: who passed it, what is hard in it, what changed in stores.

A course may name a figure that it is to change. Stores whose people passed it are held against
stores of the same size where nobody did, in the same months: what both gained or lost anyway drops
out. What is left is told with the interval in which it lies, and with few stores not at all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from statistics import mean, stdev
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.module_loading import import_string

from dealers.models import Membership, Store
from dealers.months import add_months, first_day, hq_day
from training import quiz
from training.models import Attempt, Certificate, Course, Question

MONTHS = 2  # so many before the month in which a store took the course, and so many after it
YEAR = 12  # months back that stores are looked for
ENOUGH = 10  # stores below which nothing is told
SIMILAR = 5  # stores of the same size that a store is held against, at least
SAMPLE = 10  # events of a store in a time below which its rate says nothing
ASKED = 20  # answers to a question below which it is not called hard
LATEST = 2000  # attempts that are looked at
Z = 1.6448536269514722  # 90 % of a normal distribution lie within

type Counted = Mapping[int, tuple[int, int]]  # by store: how many, of how many


@dataclass(frozen=True)
class Figure:
    """A share that a course may change, counted for every store from a day until another."""

    code: str  # stands in courses, so it never changes
    name: Any
    computed: Any  # the sentence how it is computed
    count: Callable[[date, date, datetime], Counted]


def figures() -> dict[str, Figure]:
    """What courses may change, by its code; the layers above bring it."""
    return {figure.code: figure for figure in import_string(settings.LEARNING_FIGURES)}


@dataclass(frozen=True)
class Compared:
    """A store that took the course: how its figure changed, and that of similar ones meanwhile."""

    change: float  # 0.1 is ten percentage points
    others: float

    @property
    def difference(self) -> float:
        return self.change - self.others


@dataclass(frozen=True)
class Effect:
    """What was found in stores; ``low`` and ``high`` bound the difference by 90 %."""

    stores: int
    left_out: int  # took the course, but have too few events or nobody to be held against
    change: float = 0.0
    others: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def enough(self) -> bool:
        return self.stores >= ENOUGH

    @property
    def helps(self) -> bool:
        return self.enough and self.low > 0

    @property
    def hurts(self) -> bool:
        return self.enough and self.high < 0


def judged(compared: Iterable[Compared], left_out: int = 0) -> Effect:
    """What the stores say together; nothing but their number where they are too few."""
    rows = list(compared)
    if len(rows) < ENOUGH:
        return Effect(len(rows), left_out)
    differences = [row.difference for row in rows]
    middle = mean(differences)
    spread = _student(len(rows) - 1) * stdev(differences) / sqrt(len(rows))
    return Effect(
        len(rows),
        left_out,
        mean(row.change for row in rows),
        mean(row.others for row in rows),
        middle - spread,
        middle + spread,
    )


def _student(freedom: int) -> float:
    """The 95 % quantile of Student's distribution, to two thousandths from nine degrees on."""
    return Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)


def of_course(course: Course, *, at: datetime) -> Effect | None:
    """How the course's figure changed in stores that took it; nothing where it names no figure."""
    figure = figures().get(course.figure)
    if figure is None:
        return None
    taken, untouched = _stores(course, at)
    sizes = dict(Store.objects.filter(pk__in=[*taken, *untouched]).values_list("pk", "size_class"))
    this_month = first_day(hq_day(at))
    months: dict[date, list[int]] = defaultdict(list)
    for store, day in taken.items():
        month = first_day(day)
        if add_months(this_month, -YEAR) <= month and add_months(month, 1 + MONTHS) <= this_month:
            months[month].append(store)
    found: list[Compared] = []
    for month, stores in sorted(months.items()):
        changes = _changes(
            figure.count(add_months(month, -MONTHS), month, at),
            figure.count(add_months(month, 1), add_months(month, 1 + MONTHS), at),
        )
        others: dict[str, list[float]] = defaultdict(list)
        for store in untouched:
            if store in changes:
                others[sizes[store]].append(changes[store])
        found += [
            Compared(changes[store], mean(others[sizes[store]]))
            for store in stores
            if store in changes and len(others[sizes[store]]) >= SIMILAR
        ]
    return judged(found, sum(map(len, months.values())) - len(found))


def _changes(before: Counted, after: Counted) -> dict[int, float]:
    """How the share of each store changed that has enough in both times."""
    return {
        store: after[store][0] / after[store][1] - before[store][0] / before[store][1]
        for store in before.keys() & after.keys()
        if before[store][1] >= SAMPLE and after[store][1] >= SAMPLE
    }


def _stores(course: Course, at: datetime) -> tuple[dict[int, date], set[int]]:
    """When each store took the course, and where nobody did.

    A store took it on the day on which half of the people who work there now had passed it.
    """
    people: dict[int, set[int]] = defaultdict(set)
    posts = Membership.objects.current(at).filter(store__isnull=False)
    for store, user in posts.values_list("store", "user"):
        people[store].add(user)
    passed: dict[int, date] = {}
    certificates = Certificate.objects.filter(enrollment__version__course=course, issued_at__lte=at)
    for user, moment in certificates.order_by("-issued_at").values_list(
        "enrollment__user", "issued_at"
    ):
        passed[user] = hq_day(moment)  # the first of them stays
    taken: dict[int, date] = {}
    untouched = set()
    for store, users in people.items():
        days = sorted(passed[user] for user in users if user in passed)
        if not days:
            untouched.add(store)
        elif len(days) * 2 >= len(users):
            taken[store] = days[(len(users) + 1) // 2 - 1]
    return taken, untouched


@dataclass(frozen=True)
class Taken:
    """How many people began a version, and how many of them passed it."""

    number: int
    begun: int
    passed: int

    @property
    def percent(self) -> int:
        return 100 * self.passed // self.begun if self.begun else 0


def completion(course: Course) -> list[Taken]:
    """Of each published version, the newest first."""
    rows = (
        course.versions.published()
        .annotate(
            begun=Count("enrollments__user", distinct=True),
            passed=Count(
                "enrollments__user",
                distinct=True,
                filter=Q(enrollments__passed_at__isnull=False),
            ),
        )
        .order_by("-number")
        .values_list("number", "begun", "passed")
    )
    return [Taken(*row) for row in rows]


@dataclass(frozen=True)
class Hard:
    """How often a question was answered wrong at the first attempt."""

    question: Question
    wrong: int
    asked: int

    @property
    def percent(self) -> int:
        return 100 * self.wrong // self.asked


def hardest(course: Course, most: int = 5) -> list[Hard]:
    """The questions of the version taught now that are answered wrong most often.

    Of the latest first attempts; questions that few people were asked are left out. What was not
    answered before the time was over was not answered wrong.
    """
    version = course.versions.in_force().order_by("-number").first()
    if version is None:
        return []
    attempts = Attempt.objects.filter(
        enrollment__version=version, number=1, submitted_at__isnull=False
    ).order_by("-submitted_at")[:LATEST]
    bank = quiz.bank(version)
    wrong: Counter[int] = Counter()
    asked: Counter[int] = Counter()
    for attempt in attempts:
        for item in quiz.arranged(attempt, bank):
            asked[item.question.pk] += 1
            wrong[item.question.pk] += bool(item.chosen) and not item.right
    found = [
        Hard(question, wrong[question.pk], asked[question.pk])
        for question in bank
        if asked[question.pk] >= ASKED and wrong[question.pk]
    ]
    return sorted(found, key=lambda each: -each.wrong / each.asked)[:most]


def in_points(found: Effect) -> dict[str, str]:
    """The shares of an effect in percentage points, with their sign, as pages write them."""
    names = ("change", "others", "low", "high")
    return {name: f"{100 * getattr(found, name):+.1f}" for name in names}
