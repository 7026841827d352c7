"""Keys replaced by processes that are killed: nothing is lost, every card opens.

``python -m tests.faults.rotation [cards]`` on a data folder of its own (PORTAL_DATA, else
``var/rotation``), with the demo's settings. Prints, for each kind of key, what was killed when, and
the seconds of the rest; before, how long pages and registrations take while a dealer's key is
replaced.
"""

import base64
import hashlib
import os
import random
import secrets
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

import django

from config.servers import logins
from tests.environment import stand_apart

BACKEND = "django.contrib.auth.backends.ModelBackend"
KILLS = 5
NAMES = ("陈敏", "王芳", "欧阳建国", "李娜", "Ann Lee", "赵磊", "买买提·艾力", "周杰", "黄丽华")


def cards(count):
    """Cards of one dealer, of every second with a note, and of some with everything."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from customers.cards import sealed
    from customers.identity import fingerprint
    from customers.models import Activity, Customer, Identity
    from dealers import vault
    from dealers.database import next_ids
    from dealers.keys import held
    from tests.factories.customers import RulebookFactory
    from tests.factories.dealers import OwnerFactory, StoreFactory

    held.ensure()
    RulebookFactory(
        person_daily_limit=None, person_minute_limit=None, store_daily_limit=None,
        person_cap=None, store_cap=None,
    )  # fmt: skip
    store = StoreFactory(code=f"S{secrets.token_hex(3)}", dealer__code=f"D{secrets.token_hex(3)}")
    OwnerFactory(dealer=store.dealer)
    for start in range(0, count, 2000):
        size = min(2000, count - start)
        numbers = [f"+86139{start + n:08}" for n in range(size)]
        people = Identity.objects.bulk_create(
            [Identity(fingerprint=fingerprint(number)) for number in numbers]
        )
        made = []
        for n, (number, person) in enumerate(zip(numbers, people, strict=True)):
            card_id, name = uuid.uuid4(), NAMES[n % len(NAMES)] + str(n % 97)
            more = {"wechat": f"wx{n}", "email": f"a{n}@b.cn"} if n % 5 == 0 else {}
            values = sealed(store.dealer_id, card_id, number, name, **more)
            made.append(Customer(id=card_id, dealer_id=store.dealer_id, identity=person, **values))
        Customer.objects.bulk_create(made)
        with_notes = made[::2]
        Activity.objects.bulk_create(
            Activity(
                id=number, customer=card, dealer_id=store.dealer_id, store=store, kind="note",
                at=card.created_at,
                note_sealed=vault.seal(
                    vault.Row(store.dealer_id, Activity._meta.db_table, number), "note", NAMES[0]
                ),
            )
            for number, card in zip(next_ids(Activity, len(with_notes)), with_notes, strict=True)
        )  # fmt: skip
    now = timezone.now() + timedelta(days=1)
    Session.objects.bulk_create(
        Session(session_key=f"s{n}", session_data=SessionStore().encode({"n": n}), expire_date=now)
        for n in range(count // 2)
    )
    return store


def everything():
    """A digest of everything sealed, opened, and of who is found by their name."""
    from django.contrib.sessions.models import Session

    from customers.cards import SEALED
    from customers.identity import either, fingerprint
    from customers.models import Activity, Customer
    from customers.search import find
    from dealers import vault

    digest = hashlib.sha256()
    for card in Customer.objects.select_related("identity").order_by("pk").iterator():
        row = vault.Row.of(card)
        number = vault.unseal(row, "phone", card.phone_sealed)
        texts = [vault.unseal(row, it, getattr(card, f"{it}_sealed")) for it in SEALED]
        assert bytes(card.identity.fingerprint) in either(fingerprint(number)), card
        digest.update("|".join([number, *texts]).encode())
    for note in Activity.objects.order_by("pk").iterator():
        digest.update(vault.unseal(vault.Row.of(note), "note", note.note_sealed).encode())
    remembered = [it.get_decoded().get("n") for it in Session.objects.order_by("session_key")]
    digest.update(str(remembered).encode())
    dealer = Customer.objects.values_list("dealer", flat=True)[0]
    digest.update(str([find(Customer.objects.all(), it, dealer).count() for it in NAMES]).encode())
    return digest.hexdigest()


def killed(arguments, environment):
    """Begin a change in a process and kill it somewhere; which line it had come to."""
    command = [sys.executable, "manage.py", "rotate_keys", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    wanted, seen = random.randint(1, 2), ""
    for line in process.stdout:
        if " of " in line:
            seen, wanted = line.strip(), wanted - 1
        if wanted == 0:
            break
    time.sleep(random.random() / 5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return seen


def run(name, arguments, environment):
    """Kill a change five times, then let it end; the digest stays the same all the time."""
    before = everything()
    for _turn in range(KILLS):
        print(f"{name}: killed at {killed(arguments, environment)}", flush=True)
        assert everything() == before, "something was lost"
    command = [sys.executable, "manage.py", "rotate_keys", *arguments]
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    print(f"{name}: the rest took {time.monotonic() - started:.1f} s", flush=True)
    assert everything() == before, "something was lost"
    verified = subprocess.run(
        [sys.executable, "manage.py", "verify"], env=environment, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert verified.returncode == 0, f"verify: {verified.stdout}{verified.stderr}"
    print(f"{name}: verify clean", flush=True)


def measured(store):
    """A whole change of a dealer's key, not killed, while its people work."""
    from dealers.models import KeyRotation

    work(store, lambda: len(seen) < 10, seen := [])
    print(f"dealer: before, {told(seen)}", flush=True)
    command = [sys.executable, "manage.py", "rotate_keys", "--dealer", store.dealer.code]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if " of " in line:  # it has waited until every process knows the key
            break
    started = time.monotonic()
    work(store, lambda: process.poll() is None, seen := [])
    seconds = time.monotonic() - started
    process.communicate()
    change = KeyRotation.objects.latest("pk")
    assert change.finished_at is not None, "it did not end"
    print(
        f"dealer: {change.done} rows in {seconds:.1f} s, {change.done / seconds:.0f} rows a second;"
        f" meanwhile {told(seen)}",
        flush=True,
    )


def work(store, on, seen):
    """Open the list of customers and register somebody, one after the other; seconds of each."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.utils import timezone

    from customers.models import Registration
    from customers.ownership.counter import register
    from dealers.actor import Actor
    from dealers.models import Membership

    post = Membership.objects.get(dealer=store.dealer, role="owner")
    browser = Client(raise_request_exception=False, HTTP_HOST="localhost")
    browser.force_login(get_user_model().objects.get(pk=post.user_id), BACKEND)
    while on():
        began = time.monotonic()
        page = browser.get("/customers/")
        assert page.status_code == 200, page.status_code
        opened = time.monotonic()
        register(
            Registration(
                key=secrets.token_hex(8), store=store, source="faults", consent_service=True
            ),
            phone=f"+86138{secrets.randbelow(10**8):08}", name="陈敏", by=Actor.of(post),
            at=timezone.now(),
        )  # fmt: skip
        seen.append((opened - began, time.monotonic() - opened))
        time.sleep(0.05)


def told(seen):
    pages, made = (sorted(each) for each in zip(*seen, strict=True))
    return ", ".join(
        f"{len(it)} {name} in {it[len(it) // 2] * 1000:.0f} ms, {it[-1] * 1000:.0f} at most"
        for name, it in (("pages", pages), ("registrations", made))
    )


def another(variable):
    """Put a further key behind the one that is in use, here and for the processes to come."""
    from django.conf import settings

    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    both = f"{getattr(settings, variable)} {fresh}"
    os.environ[variable] = both
    setattr(settings, variable, both)
    print(f"{variable}={both!r}", flush=True)


def main():
    stand_apart(Path(os.environ.get("PORTAL_DATA", "var/rotation")), "config.settings")
    logins.be_owner()
    django.setup()
    from django.core.management import call_command

    from dealers.actor import Actor, acting

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    with acting(Actor.worker("faults")):
        tried()


def tried():
    from dealers import vault

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    started = time.monotonic()
    store = cards(count)
    print(f"{count} cards in {time.monotonic() - started:.1f} s", flush=True)
    measured(store)
    run("dealer", ["--dealer", store.dealer.code], os.environ)
    vault.forget(store.dealer_id)
    for name in ("master", "fingerprint"):
        another(f"PORTAL_{name.upper()}_KEY")
        vault.forget(store.dealer_id)
        run(name, [f"--{name}"], os.environ)


if __name__ == "__main__":
    main()
