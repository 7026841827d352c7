"""Nothing but the edges reads the clock: whoever changes something is told the moment."""

import ast
import re

import pytest

from tests.sources import APPS, files

READ = {
    "dealers/clock.py": "compares this server's clock with the database's",
    "dealers/commands.py": "where the command line begins: what a rule refuses it is noted",
    "dealers/receipts/memory.py": "the signer's own process, which knows no other clock",
    "dealers/sending/demo_outbox.py": "stands for the gateway that sends a message",
    "dealers/imports/command.py": "what every command that imports begins with",
    "dealers/keys/rotation.py": "a change of keys goes on for hours, and says when it ended",
    "dealers/signin/second_factor.py": "the age of a session, as allauth counts it",
    "dealers/vault.py": "how long this process has known a key",
    "training/onboarding.py": "a signal of Django's, which names no moment",
}
READ_BY_DATABASE = {
    "customers/cutoff.py": "the clock that belongs to a lock",
    "dealers/actor.py": "tells a request what the time is",
    "dealers/clock.py": "see above",
    "dealers/triggers.py": "a trigger holds what people say against it",
    "dealers/walls/functions.py": "a policy asks who works somewhere now",
    "dealers/walls/tables.py": "a policy asks who works somewhere now",
    "incentives/boards/drift.py": "what marks of facts are due by now, beside the counting",
    "incentives/boards/rates.py": "a board that runs",
    "incentives/books/ledger.py": "when the books took a run in",
    "incentives/verification.py": "whether documents are overdue",
}
READERS = {
    "customers/closings/everything.py": "a workbook, which shows the clock alone",
    "dealers/exit_pack/readme.py": "a text for people",
    "dealers/receipts/mailing.py": "a text for people",
    "incentives/earnings/given/sheet.py": "a workbook, which shows the clock alone",
    "incentives/if_shared/shown.py": "a workbook, which shows the clock alone",
}
ONE_HOME = "dealers/months.py"  # of the days and midnights of headquarters and of who reads
CALLS = re.compile(
    r"(timezone\.now|datetime\.(now|utcnow|today)|date\.today|time\.time|Now|timezone\.localdate"
    r"|timezone\.localtime)"
)
SQL = re.compile(r"\b(now|(clock|statement|transaction)_timestamp)\s*\(\)|\bcurrent_date\b", re.I)


def defaults(tree):
    """What is written as the default of a model's field: when its row was put down."""
    return {
        id(keyword.value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg in {"default", "db_default"}
    }


def is_reading(call):
    """Whether it asks what the time is; the day of a moment that is given does not."""
    name = ast.unparse(call.func)
    return bool(CALLS.fullmatch(name)) and not ("local" in name and call.args)


def reads(tree):
    """The lines on which the clock is read, or handed on to be read."""
    allowed = defaults(tree)
    for node in ast.walk(tree):
        if id(node) in allowed:
            continue
        if isinstance(node, ast.Call) and is_reading(node):
            yield node.lineno
        handed = node.value if isinstance(node, ast.keyword) else None
        if handed and id(handed) not in allowed and ast.unparse(handed) == "timezone.now":
            yield handed.lineno


def asks_the_database(tree):
    """The lines with SQL that reads the database's clock."""
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and SQL.search(text):
            yield node.lineno


def has_its_clock(moment):
    """Whether a moment was put on a clock right there, or is called local, or is a bound."""
    if isinstance(moment, ast.Name):
        return moment.id == "local" or moment.id.isupper()
    called = ast.unparse(moment.func) if isinstance(moment, ast.Call) else ""
    return called.endswith((".astimezone", ".strptime")) or (
        called == "timezone.localtime" and len(moment.args) > 1
    )


def is_clockless(call):
    """Whether a day or a midnight is taken of a moment on the clock of whoever asks, or on none."""
    name = ast.unparse(call.func)
    if name in {"timezone.localdate", "timezone.localtime"}:
        return len(call.args) < 2
    if name == "datetime.combine":
        return ast.unparse(call.args[1]) in {"time()", "time.min"}
    if isinstance(call.func, ast.Attribute) and call.func.attr == "date" and not call.args:
        return not has_its_clock(call.func.value)
    return any("__date" in (keyword.arg or "") for keyword in call.keywords)


def clockless(tree):
    return [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and is_clockless(node)
    ]


@pytest.mark.parametrize("app", APPS)
def test_a_day_of_the_domain_is_a_day_somewhere(app):
    """On a store's clock, on headquarters' (``hq_day``) or on the reader's (``readers_day``)."""
    found = {
        name: clockless(tree)
        for name, tree in files()
        if name.startswith(f"{app}/") and "/demo/" not in name and name != ONE_HOME
    }

    assert {name: lines for name, lines in found.items() if lines and name not in READERS} == {}


@pytest.mark.parametrize("app", APPS)
def test_the_domain_is_told_the_moment(app):
    found = {name: list(reads(tree)) for name, tree in files() if name.startswith(f"{app}/")}

    assert {name: lines for name, lines in found.items() if lines and name not in READ} == {}


def test_the_domain_asks_no_statement_for_the_moment():
    found = {
        name: list(asks_the_database(tree))
        for name, tree in files()
        if "/models/" not in name  # triggers and defaults of rows
    }

    beyond = {name: lines for name, lines in found.items() if lines}
    assert {name: beyond[name] for name in beyond.keys() - READ_BY_DATABASE.keys()} == {}


def test_every_exception_is_still_one():
    trees = dict(files())

    assert [name for name in READ if not list(reads(trees[name]))] == []
    assert [name for name in READERS if not clockless(trees[name])] == []
    assert [name for name in READ_BY_DATABASE if not list(asks_the_database(trees[name]))] == []


@pytest.mark.parametrize(
    ("written", "reading"),
    [
        ("at = timezone.now()", True),
        ("today = timezone.localdate()", True),
        ("today = timezone.localdate(at)", False),
        ("today = date.today()", True),
        ("rows.update(finished_at=Now())", True),
        ("sweep(now=timezone.now)", True),
        ("made_at = DateTimeField(default=timezone.now)", False),
        ("day = datetime.combine(starts_on, time())", False),
    ],
)
def test_a_reading_is_seen(written, reading):
    assert bool(list(reads(ast.parse(written)))) is reading


@pytest.mark.parametrize(
    ("written", "nowhere"),
    [
        ("timezone.localdate(at)", True),
        ("timezone.localtime(at).date()", True),
        ("at.date()", True),
        ("(at + timedelta(hours=14)).date()", True),
        ("datetime.combine(day, time.min, zone)", True),
        ("posts.filter(ends_at__date__lt=day)", True),
        ("timezone.localdate(at, store.tz)", False),
        ("at.astimezone(store.tz).date()", False),
        ("local.date()", False),
        ("datetime.combine(day, time(9, 30), zone)", False),
        ("hq_day(at)", False),
    ],
)
def test_a_day_without_a_clock_is_seen(written, nowhere):
    assert bool(clockless(ast.parse(written))) is nowhere
