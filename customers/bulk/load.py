"""One bulk load: files are staged, checked, answered by the rules, and stored."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.bulk import activities
from customers.bulk.activities import FollowUp
from customers.bulk.answering import answer
from customers.bulk.naming import name_cards
from customers.bulk.orders import Orders
from customers.bulk.people import People, identify
from customers.bulk.registrations import Registrations
from customers.bulk.staging import STAGING
from customers.bulk.storing import store
from customers.cutoff import hold_all
from customers.models import Channel
from dealers.imports.csv import CsvFile
from dealers.imports.progress import Progress
from dealers.models import Store

LEEWAY = timedelta(days=1)  # a till's clock may be ahead


class Load:
    """One bulk load inside the caller's transaction: stage files, then ``finish``."""

    def __init__(self, progress: Progress, *, historical: bool) -> None:
        self.progress = progress
        self.historical = historical
        self.latest = timezone.now() + LEEWAY
        self.people = People()
        self.stores = {store.code: store for store in Store.objects.all()}
        self.registrations: Registrations | None = None
        self.orders: Orders | None = None
        with connection.cursor() as cursor:
            cursor.execute(STAGING)

    def stage_registrations(self, file: CsvFile) -> None:
        """Check the rows of a file and copy the good ones into temporary tables."""
        self.registrations = Registrations(
            file, self.people, self.stores, self.latest, historical=self.historical
        )
        self.registrations.stage(self.progress)

    def stage_orders(self, file: CsvFile) -> None:
        """Check the rows of a file and copy the good ones into temporary tables."""
        self.orders = Orders(file, self.people, self.stores, self.latest)
        self.orders.stage(self.progress)

    def stage_activities(self, follow_ups: Iterable[FollowUp]) -> None:
        """Take follow-ups in, each of which counts at its moment."""
        activities.stage(follow_ups, self.people, self.stores)

    def finish(self) -> None:
        """Answer, attribute and store what was staged. Raises WrongUse without a rulebook."""
        self.progress.start(_("Checking against what is on file"))
        self.people.stage()
        recorded_at = hold_all()
        with connection.cursor() as cursor:
            # Temporary tables are not analysed by themselves, and a small sample is enough.
            cursor.execute("SET LOCAL default_statistics_target = 10")
            cursor.execute(
                "ANALYZE staged_person, staged_registration, staged_activity, staged_order,"
                " staged_line"
            )
        if self.registrations:
            self.registrations.match(recorded_at)
        if self.orders:
            self.orders.match()
        identify()
        answer(self.channel, self.stores.values(), self.progress)
        self.progress.start(_("Storing"))
        name_cards()
        store(self.channel, recorded_at)

    @property
    def channel(self) -> str:
        return Channel.HISTORY if self.historical else Channel.IMPORT
