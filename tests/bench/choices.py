"""Goal 23: leads dispatched, answered and passed on; each choice computed anew by other means."""

import json
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.dispatch import choices, leads, offers, together
from customers.models import DispatchStore, Lead, LeadSource, Offer
from dealers.actor import Actor
from dealers.models import Membership, OutboxTask, Region, Store
from tests.bench import dealers, ground
from tests.bench.lists import browser
from tests.bench.measure import Figure, say

SCRIPT = Path(__file__).resolve().parents[1] / "recompute_dispatch.py"
WAVES = 20


def main(options: dict) -> None:
    count = 400 if options["quick"] else 10_000
    random = Random(23)
    ground.network(dealers=36, stores=72)
    ground.rulebook(date(2020, 1, 1))
    for store in Store.objects.order_by("pk"):
        DispatchStore.objects.create(
            store=store, weight=random.randint(1, 4), capacity=random.choice([5, 400, 4000]),
            takes_leads=random.random() < 0.95, of_brand=random.random() < 0.1,
            latitude=round(31 + random.random() / 2, 5),
            longitude=round(121 + random.random() / 2, 5),
        )  # fmt: skip
    owners = {store.dealer_id: None for store in Store.objects.all()}
    for dealer in owners:
        store = Store.objects.filter(dealer=dealer).select_related("dealer").first()
        owners[dealer] = dealers.owner(store.dealer)
    say(f"{count:,} leads")
    dispatch(count, owners, random)
    with TemporaryDirectory(prefix="bench-") as folder:
        began = time.monotonic()
        download(Path(folder), owners)
        say(f"downloaded in {time.monotonic() - began:.0f} s")
        done = subprocess.run(
            [sys.executable, str(SCRIPT), folder], stdout=subprocess.PIPE, text=True, check=False
        )
    say(done.stdout)
    Figure(
        "23", f"{count:,} dispatched leads computed anew from what dealers download",
        done.stdout.splitlines()[0].rpartition(": ")[2], "0 differ",
        "no" if done.returncode else "pass", done.stdout.splitlines()[0],
    ).tell()  # fmt: skip


def dispatch(count: int, owners: dict[int, Membership], random: Random) -> None:
    """Wave after wave of leads; of what is offered some is declined, some missed, some taken."""
    regions = list(Region.objects.order_by("pk"))
    start = timezone.now() - timedelta(minutes=3 * WAVES)
    for wave in range(WAVES):
        at = start + timedelta(minutes=3 * wave)
        drafts = [
            leads.Received(
                Lead(
                    source=LeadSource.FILE, external_id=f"{wave}-{n}", wish="净水器",
                    region=random.choice(regions),
                    latitude=round(31 + random.random() / 2, 5),
                    longitude=round(121 + random.random() / 2, 5),
                ), f"+86139{wave:02}{n:06}", "",
            )
            for n in range(count // WAVES)
        ]  # fmt: skip
        with transaction.atomic():
            leads.receive_all(drafts, by=Actor.worker("bench"), at=at)
        for task in OutboxTask.objects.filter(task=leads.OFFER_ALL).order_by("pk"):
            together.offer_all([UUID(pk) for pk in task.args[0]], at)
        OutboxTask.objects.all().delete()
        answered = Offer.objects.open().order_by("pk")
        for made in answered.select_related("store", "lead")[: count // WAVES // 4]:
            by = Actor.of(owners[made.dealer_id])
            if random.random() < 0.5:
                offers.accept(made, by=by, at=at)
            else:
                offers.decline(made, "busy", by=by, at=at)
                offers.offer(made.lead_id, at)


def download(folder: Path, owners: dict[int, Membership]) -> None:
    """What each owner gets of the choices that came to their stores, and of the table.

    One choice in fifty through the page, and the others from what the page gives.
    """
    for dealer, owner in owners.items():
        client, place = browser(owner), folder / str(dealer)
        place.mkdir()
        made = Offer.objects.filter(dealer=dealer, to_owner=False, by_hand=False).order_by("pk")
        for number, (lead, hop) in enumerate(made.values_list("lead", "hop")):
            found = choices.of(lead, hop, owner)
            if found is None:
                raise SystemExit(f"{owner} does not see the choice of {lead}.")
            said = json.loads(json.dumps(choices.data(found)))
            if number % 50 == 0:
                page = _get(client, reverse("customers:choice-data", args=[lead, hop]))
                if page != said:
                    raise SystemExit(f"The page of {lead} gives something else.")
            (place / f"{lead}-{hop}.json").write_text(json.dumps(said), encoding="utf-8")
        said = _get(client, reverse("customers:fairness-data"))
        (place / "fairness.json").write_text(json.dumps(said), encoding="utf-8")


def _get(client: Client, url: str) -> dict:
    response = client.get(url)
    if response.status_code != 200:
        raise SystemExit(f"{url} answers {response.status_code}.")
    return response.json()
