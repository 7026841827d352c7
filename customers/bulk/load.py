"""One bulk load: files are staged, checked, answered by the rules, and stored."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from customers.bulk import activities, holding
from customers.bulk.activities import FollowUp
from customers.bulk.answering import answer, let_time_pass
from customers.bulk.naming import name_cards
from customers.bulk.orders import Orders
from customers.bulk.people import People
from customers.bulk.registrations import Registrations
from customers.bulk.staging import STAGING
from customers.bulk.storing import store
from customers.cutoff import queue_load
from customers.dispatch import online
from customers.models import Channel
from customers.ownership import planted
from customers.ownership.planted import Alarmed
from dealers import currencies
from dealers.database import broken_constraint
from dealers.imports.csv import CsvFile
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.keys import held
from dealers.models import Dealer, Store

LEEWAY = timedelta(days=1)  # a till's clock may be ahead

# Of some people those whom the files name: in orders, and in registrations.
NAMED = """
SELECT p.identity_id FROM known_person AS p
WHERE p.identity_id = ANY (%(among)s) AND (
    p.person IN (SELECT person FROM staged_order)
    OR %(registered)s AND p.person IN (SELECT person FROM staged_registration))
"""


class Load:
    """One bulk load inside the caller's transaction: stage files, ``answer`` them, and ``store``.

    It begins at ``at``, and is visible when the caller commits: all of it or nothing. With
    ``dealer`` its rows may be about that dealer's stores only; its files may be ``sheets`` as
    people make them.
    """

    def __init__(
        self,
        progress: Progress,
        *,
        at: datetime,
        historical: bool,
        dealer: Dealer | None = None,
        sheets: bool = False,
    ) -> None:
        held.ensure()
        self.progress = progress
        self.historical = historical
        self.at, self.latest = at, at + LEEWAY
        self.people = People()
        self.dealer, self.sheets = dealer, sheets
        self.held_at: datetime | None = None
        self.stores = {store.code: store for store in Store.objects.all()}
        self.named = {
            code: store
            for code, store in self.stores.items()
            if dealer is None or store.dealer_id == dealer.pk
        }
        self.registrations: Registrations | None = None
        self.orders: Orders | None = None
        with connection.cursor() as cursor:
            places = currencies.kept_decimals(currencies.of_program())
            cursor.execute(STAGING.format(places=places))

    def stage_registrations(self, file: CsvFile) -> None:
        """Check the rows of a file and copy the good ones into temporary tables."""
        self.registrations = Registrations(
            file, self.people, self.named, self.latest, at=self.at,
            historical=self.historical, dealer=self.dealer, sheets=self.sheets,
        )  # fmt: skip
        self.registrations.stage(self.progress)

    def stage_orders(self, file: CsvFile) -> None:
        """Check the rows of a file and copy the good ones into temporary tables."""
        self.orders = Orders(file, self.people, self.named, self.latest, dealer=self.dealer)
        self.orders.stage(self.progress)

    def stage_activities(self, follow_ups: Iterable[FollowUp]) -> None:
        """Take follow-ups in, each of which counts at its moment."""
        activities.stage(follow_ups, self.people, self.stores)

    def answer(self) -> None:
        """Check, answer and attribute what was staged. Raises WrongUse without a rulebook.

        Nobody waits for it but other loads.
        """
        self.progress.start(_("Waiting for another load"))
        begun_at = queue_load()
        self.people.stage()
        with connection.cursor() as cursor:
            # Temporary tables are not analysed by themselves, and a small sample is enough.
            cursor.execute("SET LOCAL default_statistics_target = 10")
            cursor.execute(
                "ANALYZE staged_person, staged_registration, staged_activity, staged_order,"
                " staged_line"
            )
        self._answer(begun_at)

    def hold(self) -> datetime:
        """Let nothing of what was answered change any more until the load is stored; the clock.

        From here to the commit whoever records something of its people waits; nobody else does, so
        that a cap does not count what the counter registers of other people meanwhile.
        """
        held_at, changed = self._hold()
        while changed:  # what the new answers rest on is held in the next round
            self._answer(held_at)
            held_at, changed = self._hold()
        self.held_at = held_at
        return held_at

    def planted(self, *, stored: bool) -> list[Alarmed]:
        """Whom it alarms that the files name planted numbers.

        What is registered and ``stored`` raises its alarm by itself. Call it before ``store``.
        """
        watched = planted.watched(self.dealer.pk if self.dealer else None)
        if not watched:
            return []
        people = [person for person, _alarmed in watched]
        with connection.cursor() as cursor:
            cursor.execute(NAMED, {"among": people, "registered": not stored})
            found = {person for (person,) in cursor.fetchall()}
        return [alarmed for person, alarmed in watched if person in found]

    def store(self) -> None:
        """Copy what was answered to where it stays. Raises WrongUse for an order taken meanwhile.

        Holds its people first, unless they are held already.
        """
        held_at = self.held_at or self.hold()
        self.progress.start(_("Storing"))
        name_cards()
        bought = [] if self.historical else online.staged(self.people.numbers, held_at)
        try:
            store(self.channel, held_at)
        except IntegrityError as problem:
            # Of nobody in particular, so that no person's row could be held.
            if broken_constraint(problem) != "order_number_used_once_for_each_kind":
                raise
            raise WrongUse(
                _("An order of the file was recorded at the same moment. Import the file again.")
            ) from None
        online.receive(bought, held_at)

    def _hold(self) -> tuple[datetime, bool]:
        recorded_at, changed = holding.hold()
        passed = not self.historical and let_time_pass(recorded_at)
        return recorded_at, changed or passed

    def _answer(self, at: datetime) -> None:
        self.progress.start(_("Checking against what is on file"))
        if self.registrations:
            self.registrations.match(at)
        if self.orders:
            self.orders.match(counted=self.sheets)
        holding.remember()
        answer(self.channel, self.stores.values(), at, self.progress)

    @property
    def channel(self) -> str:
        return Channel.HISTORY if self.historical else Channel.IMPORT
