"""What is broken, for how long, and what people saw meanwhile.

Run on a data folder of its own (PORTAL_DATA) that holds a demo; for the full disk it has to be the
only folder of a small file system. Prints a row per fault, then what became of every registration,
and what `verify` says. The status is 1 where something that was acknowledged is lost or doubled,
where a capture got no answer or a page an error although PostgreSQL and the web server lived, and
where the portal did not come back.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable
from io import StringIO

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config.servers.keeper import Valkey
from customers.models import Registration
from dealers import invitations
from dealers.actor import Actor
from dealers.models import Invitation, OutboxTask, Region, User
from tests.bench.web import free_port
from tests.faults import clocks, machine
from tests.faults.broker import Broker
from tests.faults.people import People, Seen

FAULT = 12.0  # seconds
LONG = 30.0  # seconds, longer than anybody may be kept waiting
RECOVERED = 60.0  # seconds in which everything must work again
HOUR = 3600.0  # seconds by which a clock is wrong
# What cannot record anything says so; where nobody is there to answer, nobody does.
RECORDS_NOTHING = ("postgres", "disk", "web clock")
ANSWERS_NOTHING = ("web killed", "one web worker")
TABLE = "| fault | captures | p50 / p95 / max s | rows | pages | p95 s | back after s | health |"


def start(mail_port: int) -> tuple[subprocess.Popen, int]:
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.portal",
        "PORT": str(port),
        "PORTAL_MAIL": f"smtp+plain://127.0.0.1:{mail_port}",
    }
    up = subprocess.Popen(
        [sys.executable, "-m", "config.servers.up"],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in up.stdout:
        if "The portal is up" in line:
            # What it says from here on is the portal's log.
            subprocess.Popen(["cat"], stdin=up.stdout, stdout=subprocess.DEVNULL)
            return up, port
    raise SystemExit("The portal does not come up.")


def invite() -> None:
    """Something for the worker; whoever asks for it while the database is gone asks again."""
    with contextlib.suppress(Exception):
        invitations.invite(
            email=f"fault-{uuid.uuid4().hex}@example.com", name="王小明", role="regional_manager",
            scope=Region.objects.order_by("pk")[0],
            by=Actor.hq(User.objects.filter(is_superuser=True)[0]),
            at=timezone.now(), site="http://localhost",
        )  # fmt: skip
    connection.close()


def quantile(seconds: list[float], part: float) -> str:
    found = sorted(seconds)
    return f"{found[min(len(found) - 1, int(part * len(found)))]:.2f}" if found else "-"


def told(counter) -> str:
    return ", ".join(f"{count} x {what}" for what, count in counter.most_common()) or "-"


def row(name: str, seen: Seen, back: str, stored: int) -> None:
    health = told(seen.health)
    print(
        f"| {name} | {told(seen.captures)} | {quantile(seen.capture_seconds, 0.5)} /"
        f" {quantile(seen.capture_seconds, 0.95)} / {quantile(seen.capture_seconds, 1)}"
        f" | {stored} of {len(seen.taken)} | {told(seen.pages)}"
        f" | {quantile(seen.page_seconds, 0.95)} | {back} | {health} |",
        flush=True,
    )


def recovered(people: People) -> float | None:
    """Seconds until a registration is acknowledged and nothing fails any more; None: never."""
    began = time.monotonic()
    while time.monotonic() - began < RECOVERED:
        people.seen = Seen()
        time.sleep(2)
        if set(people.seen.captures) == {"302"} and set(people.seen.pages) <= {"200", "302"}:
            return max(0, time.monotonic() - began - 2)
    return None


def on_file(keys: Iterable[str]) -> int:
    """How many of these registrations the database has."""
    try:
        return Registration.objects.filter(key__in=list(keys)).count()
    finally:
        connection.close()


def amiss(name: str, seen: Seen, stored: int, *, back: bool) -> list[str]:
    """What must not be, of what people saw while something was broken."""
    answers, pages = {"302", "422"}, {"200", "302"}
    if name.startswith(RECORDS_NOTHING):
        answers |= {"503"}
        pages |= {"503"}
    if name.startswith(ANSWERS_NOTHING):
        answers |= {"refused", "no answer"}
        pages |= {"refused", "no answer"}
    found = [f"captures {what}" for what in seen.captures.keys() - answers]
    found += [f"pages {what}" for what in seen.pages.keys() - pages]
    found += [f"{seen.mute} refusals without a sentence"] if seen.mute else []
    found += (
        [f"{len(seen.taken) - stored} acknowledged and lost"] if stored < len(seen.taken) else []
    )
    found += [] if back else ["not back in a minute"]
    return [f"{name}: {what}" for what in sorted(found)]


def faults_of(parts: machine.Machine, mail: machine.Mail, queue: Broker):
    """What is broken, by its name: for how many seconds, and how."""
    data = settings.PORTAL_DATA
    cache = Valkey(data)
    faults = {"nothing": (FAULT, contextlib.nullcontext)}
    for name in ("postgres", "valkey", "signer", "worker", "web"):
        found = getattr(parts, name)
        for how in (machine.killed, machine.frozen, machine.slow):
            pids = parts.one_web_worker if (name, how) == ("web", machine.frozen) else found
            span = LONG if (name, how) == ("postgres", machine.frozen) else FAULT
            what = "one web worker" if pids == parts.one_web_worker else name
            faults[f"{what} {how.__name__}"] = (span, lambda how=how, pids=pids: how(pids))
    faults |= {
        "one web worker killed": (FAULT, lambda: machine.killed(parts.one_web_worker)),
        "postgres refused": (FAULT, machine.postgres_refuses),
        "valkey refused": (FAULT, lambda: machine.valkey_refuses(cache)),
        "valkey full": (FAULT, lambda: machine.valkey_full(cache)),
        "broker killed": (FAULT, queue.killed),
        "broker frozen": (FAULT, lambda: machine.frozen(queue.pids)),
        "broker slow": (FAULT, lambda: machine.slow(queue.pids)),
        "broker refused": (FAULT, lambda: machine.valkey_refuses(queue.server)),
        "broker full": (FAULT, lambda: machine.valkey_full(queue.server)),
        # As where one server is both.
        "valkey and broker frozen": (
            FAULT,
            lambda: machine.both(machine.frozen(parts.valkey), machine.frozen(queue.pids)),
        ),
        "valkey and broker refused": (
            FAULT,
            lambda: machine.both(
                machine.valkey_refuses(cache), machine.valkey_refuses(queue.server)
            ),
        ),
        **{
            f"mail {mode}": (FAULT, lambda mode=mode: mail.being(mode))
            for mode in ("killed", "frozen", "slow", "refused")
        },
        "web clock ahead": (FAULT, lambda: clocks.put_wrong(clocks.WEB, data, HOUR)),
        "web clock behind": (FAULT, lambda: clocks.put_wrong(clocks.WEB, data, -HOUR)),
        "worker clock ahead": (FAULT, lambda: clocks.put_wrong(clocks.WORKER, data, HOUR)),
    }
    if os.path.ismount(data.parent):
        faults["disk full"] = (FAULT, machine.disk_full)
    return faults


def main(only: list[str]) -> int:
    mail = machine.Mail()
    bad: list[str] = []
    with Broker(settings.PORTAL_DATA) as queue:
        up, port = start(mail.port)
        faults = faults_of(machine.Machine(up.pid), mail, queue)
        print(TABLE)
        print("|---|---|---|---|---|---|---|---|", flush=True)
        try:
            with People(port) as people:
                time.sleep(3)
                for name, (span, broken) in faults.items():
                    if only and not any(word in name for word in only):
                        continue
                    people.seen = seen = Seen()
                    with broken():
                        invite()
                        time.sleep(span)
                    back = recovered(people)
                    stored = on_file(seen.taken)
                    said = f"over {RECOVERED:.0f}" if back is None else f"{back:.0f}"
                    row(name, seen, said, stored)
                    bad += amiss(name, seen, stored, back=back is not None)
            bad += account(people, mail)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait()
    print("\n".join(["", *(bad or ["Nothing is amiss."])]), flush=True)
    return 1 if bad else 0


def account(people: People, mail: machine.Mail) -> list[str]:
    """What became of everything that was acknowledged, and of what was put down for the worker.

    Gives what of it is lost, stored twice, or not as it must be.
    """
    connection.close()
    # Also what was stored and not acknowledged, and is not to be there under another key.
    rows = Registration.objects.filter(staff__in=people.staff, received_at__gte=people.since)
    stored = list(rows.values_list("key", flat=True))
    lost = len(set(people.taken) - {str(key) for key in stored})
    twice = len(stored) - len(set(stored) & {*people.taken, *people.open})
    print(
        f"\nacknowledged {len(people.taken)}, of them lost {lost}, twice {twice};"
        f" not acknowledged at the end {len(people.open)}"
    )
    give_up = time.monotonic() + 240
    # A reminder of a session next week waits for its day, not for a worker.
    waiting = OutboxTask.objects.waiting(timezone.now())
    letters = Invitation.objects.filter(email__startswith="fault", mailed_at__isnull=True)
    while time.monotonic() < give_up and (waiting.exists() or letters.exists()):
        time.sleep(2)
    asked = Invitation.objects.filter(email__startswith="fault").count()
    unsent = letters.count()
    print(
        f"invitations {asked}, not mailed {unsent}, letters {len(mail.letters)};"
        f" tasks still waiting {waiting.count()}"
    )
    out = StringIO()
    with contextlib.suppress(CommandError):
        call_command("verify", stdout=out)
    checks = out.getvalue().splitlines()
    failed = [line for line in checks if line.startswith("FAILED")]
    print(f"verify: {len(checks)} checks, {len(failed)} failed", flush=True)
    amounts = {"lost": lost, "stored twice": twice, "invitations not mailed": unsent}
    return [f"{count} {what}" for what, count in amounts.items() if count] + failed
