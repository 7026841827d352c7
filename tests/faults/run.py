"""What is broken, for how long, and what people saw meanwhile.

Run on a data folder of its own (PORTAL_DATA) that holds a demo; for the full disk it has to be the
only folder of a small file system. Prints a row per fault, then what became of every registration.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid

from django.conf import settings
from django.db import connection
from django.utils import timezone

from customers.models import Registration
from dealers import invitations
from dealers.actor import Actor
from dealers.models import Invitation, OutboxTask, Region, User
from tests.bench.web import free_port
from tests.faults import machine
from tests.faults.people import People, Seen

FAULT = 12.0  # seconds
LONG = 30.0  # seconds, longer than anybody may be kept waiting
RECOVERED = 60.0  # seconds in which everything must work again


def start(mail_port: int) -> tuple[subprocess.Popen, int]:
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
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


def row(name: str, seen: Seen, back: str) -> None:
    health = told(seen.health)
    print(
        f"| {name} | {told(seen.captures)} | {quantile(seen.capture_seconds, 0.5)} /"
        f" {quantile(seen.capture_seconds, 0.95)} / {quantile(seen.capture_seconds, 1)}"
        f" | {told(seen.pages)} | {quantile(seen.page_seconds, 0.95)} | {back} | {health} |",
        flush=True,
    )


def recovered(people: People) -> str:
    """Seconds until a registration is acknowledged and nothing fails any more."""
    began = time.monotonic()
    while time.monotonic() - began < RECOVERED:
        people.seen = Seen()
        time.sleep(2)
        if set(people.seen.captures) == {"302"} and set(people.seen.pages) <= {"200", "302"}:
            return f"{max(0, time.monotonic() - began - 2):.0f}"
    return f"over {RECOVERED:.0f}"


def main(only: list[str]) -> int:
    mail = machine.Mail()
    up, port = start(mail.port)
    parts = machine.Machine(up.pid)
    faults = {"nothing": (FAULT, contextlib.nullcontext)}
    for name in ("postgres", "valkey", "worker", "web"):
        found = getattr(parts, name)
        for how in (machine.killed, machine.frozen, machine.slow):
            pids = parts.one_web_worker if (name, how) == ("web", machine.frozen) else found
            span = LONG if (name, how) == ("postgres", machine.frozen) else FAULT
            faults[f"{name} {how.__name__}"] = (span, lambda how=how, pids=pids: how(pids))
    faults |= {
        "postgres refused": (FAULT, machine.postgres_refuses),
        "valkey refused": (FAULT, machine.valkey_refuses),
        "valkey full": (FAULT, machine.valkey_full),
        **{
            f"mail {mode}": (FAULT, lambda mode=mode: mail.being(mode))
            for mode in ("frozen", "slow", "refused")
        },
        "one web worker killed": (FAULT, lambda: machine.killed(parts.one_web_worker)),
    }
    if os.path.ismount(settings.PORTAL_DATA.parent):
        faults["disk full"] = (FAULT, machine.disk_full)
    print("| fault | captures | p50 / p95 / max s | pages | p95 s | back after s | health |")
    print("|---|---|---|---|---|---|---|")
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
                row(name, seen, recovered(people))
        return account(people, mail)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait()


def account(people: People, mail: machine.Mail) -> int:
    """What became of everything that was acknowledged, and of what was put down for the worker.

    1 if anything of it was lost, or stored twice.
    """
    connection.close()
    rows = Registration.objects.filter(key__in=[*people.taken, *people.open])
    stored = list(rows.values_list("key", flat=True))
    lost = set(people.taken) - {str(key) for key in stored}
    twice = len(stored) - len(set(stored))
    print(
        f"\nacknowledged {len(people.taken)}, of them lost {len(lost)}, twice {twice};"
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
    return 1 if lost or twice or unsent else 0
