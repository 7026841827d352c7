"""Goals 28 to 30: a list behind the policies and without, whether all stand, and the log."""

from datetime import date
from statistics import median

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dealers.models import Store, User
from dealers.walls import check, policies
from tests.bench import dealers, ground
from tests.bench.lists import browser, get
from tests.bench.measure import Figure, Turns, judge, say, seconds, spread
from tests.walls import without_policies

LIMIT, STRETCH = 1.15, 1.05
LONGEST = 5.0  # seconds
TIMES = 15
NOTED = ("registration", "ownership", "customer", "activity", "act")  # pages of headquarters
INTO_THE_LOG = 'INSERT INTO "dealers_accesslog"'


def main(options: dict) -> None:
    quick = options["quick"]
    ground.network(dealers=12, stores=12)
    ground.rulebook(date(2020, 1, 1))
    store = Store.objects.select_related("dealer").earliest("pk")
    many = 600 if quick else 5000
    say(f"customers of two dealers, {many:,} each")
    rival = Store.objects.exclude(dealer=store.dealer).earliest("pk")
    dealers.load_customers({store.code: many, rival.code: many})
    ground.settle()
    behind_policies(browser(dealers.owner(store.dealer)), rounds=3 if quick else 7)
    isolation()
    log()


def behind_policies(client: Client, rounds: int) -> None:
    """The list of customers in turns, behind the policies and without any."""
    url, turns = reverse("customers:list") + "?view=all", Turns()

    def p50() -> float:
        get(client, url)  # plans and what a process reads once
        return median(seconds(lambda: client.get(url)) for _n in range(TIMES))

    for _round in range(rounds):
        with without_policies():
            turns.floor.append(p50())
        turns.ours.append(p50())
    Figure(
        "28", "my customers behind the policies against the same page without",
        f"{turns.ratio:.2f}x", f"<= {LIMIT}x / <= {STRETCH}x",
        judge(turns.ratio, LIMIT, STRETCH, void=turns.void),
        f"{spread(turns.ours)} against {spread(turns.floor)} in-process;"
        f" n {rounds} rounds of {TIMES}, in turns",
    ).tell()  # fmt: skip


def isolation() -> None:
    """How long it takes to look whether the walls stand."""
    found: list[str] = []
    call_command("setup_roles")
    taken = [seconds(lambda: found.extend(check.findings())) for _n in range(3)]
    if found:
        raise SystemExit("\n".join(found))
    Figure(
        "29", "check_isolation, without the start of the process", f"{min(taken):.2f} s",
        f"<= {LONGEST:.0f} s", "pass" if min(taken) <= LONGEST else "no",
        f"{spread(taken, 1, 's')}; {policies.how_many()} policies",
    ).tell()  # fmt: skip


def log() -> None:
    """Statements that put a page of headquarters into the access log."""
    somebody = User.objects.create_superuser("walls@bench.example", name="测量员")
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(somebody, backend="dealers.signin.backend.Backend")
    counts = {}
    for name in NOTED:
        with CaptureQueriesContext(connection) as caught:
            get(client, reverse(f"admin:customers_{name}_changelist"))
        counts[name] = sum(query["sql"].startswith(INTO_THE_LOG) for query in caught)
    most = max(counts.values())
    Figure(
        "30", "statements of the access log in a list of headquarters, at most", str(most), "<= 1",
        "pass" if most <= 1 and counts["registration"] else "no",
        ", ".join(f"{name} {count}" for name, count in counts.items()),
    ).tell()  # fmt: skip
