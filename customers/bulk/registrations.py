"""A file of registrations: what its rows have to be, and which of them are on file already."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import cards
from customers.bulk.people import People
from customers.bulk.staging import NULL, Batch, binary, nullable, plain, stream
from customers.identity import content_hash, first_content_hash
from customers.models import Registration
from dealers.agreements import signing
from dealers.imports.csv import CsvFile
from dealers.imports.problems import RowProblem
from dealers.imports.progress import Progress
from dealers.imports.reading import prefixes
from dealers.imports.values import cleaned, identifier, moment, optional_text, yes_or_no
from dealers.models import Dealer, Store, User
from dealers.people import PeopleRefused, check_may_register_for, registers_until

REGISTRATION_COLUMNS = (
    "external_id", "store_code", "phone", "name", "registered_at", "source", "consent_service",
    "consent_marketing",
)  # fmt: skip
STAFF = "staff"  # may follow them: the e-mail of whoever registered
# May follow them in a sheet that people make: the row's number in its list, which names nothing.
ROW = "row"
CLOSED = gettext_lazy("%(store)s was closed by then: it takes no customers any more.")
KEY_PREFIX = "import:"  # before a file's external id: apart from the keys of browsers


class Registrations:
    """A file of registrations in a load."""

    def __init__(
        self,
        file: CsvFile,
        people: People,
        stores: Mapping[str, Store],
        latest: datetime,
        *,
        at: datetime,
        historical: bool,
        dealer: Dealer | None = None,
        sheets: bool = False,
    ) -> None:
        self.file, self.people, self.stores, self.latest = file, people, stores, latest
        self.historical, self.dealer = historical, dealer
        further = (STAFF, ROW) if sheets else (STAFF,)
        self.further = [name for name in further if name in file.header]
        # Before the number of a row, where it was taken for the id of its registration.
        self.own = KEY_PREFIX + (prefixes(dealer)[0] if dealer else "")
        # What happened before the portal waits for no signature.
        self.unsigned = set() if historical else signing.unsigned(at)
        self.cards: dict[tuple[int, int], bool] = {}  # of dealer and person: whether it has a name
        self.sources: dict[str, str] = {}
        self.staff: dict[str, User] = {}  # by e-mail
        self.until: dict[tuple[int, int], datetime] = {}  # by person and store: when they left
        # Only what was imported before this load can have been stored with the first hash.
        self.earlier = Registration.objects.filter(key__startswith=KEY_PREFIX).exists()

    def stage(self, progress: Progress) -> None:
        """Check the rows, and copy the good ones into temporary tables."""
        file = self.file
        progress.start(_("Reading %(name)s") % {"name": file.name}, file.size)
        rows = Batch(
            "staged_registration",
            "line, key, content, first_content, person, store_id, source, at, phone_clock,"
            " marketing, staff_id, numbered",
        )
        sealed = Batch("staged_card")
        file.columns = (*file.columns, *self.further)
        if STAFF in self.further:
            people = User.objects.prefetch_related("memberships")
            if self.dealer is not None:  # who works elsewhere is none of its business
                people = people.filter(memberships__dealer=self.dealer).distinct()
            self.staff = {person.email: person for person in people if person.email}
        for line, values in file.rows(progress):
            try:
                rows.add(self._row(line, values, sealed))
            except RowProblem as problem:
                file.reject_for(line, problem)
        rows.flush()
        sealed.flush()

    def _row(self, line: int, values: Sequence[str], sealed: Batch) -> str:
        external_id, code, phone, name, registered_at, source, service, marketing = values[:8]
        external_id = identifier("external_id", external_id, 120 - len(KEY_PREFIX))
        store = self.stores.get(code) or self.stores.get(cleaned(code))
        if store is None:
            raise RowProblem("store_code", code, self._no_store(code))
        if store.dealer_id in self.unsigned:
            raise RowProblem("store_code", code, signing.first())
        person = self.people.named(phone)
        name = optional_text("name", name, cards.LONGEST["name"])
        at = moment("registered_at", registered_at, self.latest)
        if store.is_closed(at):
            raise RowProblem("registered_at", registered_at, CLOSED % {"store": store.code})
        further = dict(zip(self.further, values[8:], strict=True))
        staff = self._staff(further[STAFF], store, at) if STAFF in further else None
        numbered = self.own + further[ROW] if further.get(ROW) else None
        if source not in self.sources:
            self.sources[source] = plain(identifier("source", source, 40))
        if not yes_or_no("consent_service", service):
            raise RowProblem(
                "consent_service", service, _("Without the customer's consent nobody registers.")
            )
        offers = yes_or_no("consent_marketing", marketing)
        number = self.people.numbers[person]
        spelled = str(at)
        said = (store.pk, number, name, spelled, self.sources[source], offers)
        content = content_hash(*said)
        first_content = first_content_hash(*said) if self.earlier else None
        key = (store.dealer_id, person)
        named = self.cards.get(key)
        if named is None or (name and not named):
            self.cards[key] = bool(name)
            sealed.add(_card(store.dealer_id, person, line, number, name))
        times = f"{spelled}\t{NULL}" if self.historical else f"{NULL}\t{spelled}"
        return (
            f"{line}\t{KEY_PREFIX}{plain(external_id)}\t{binary(content)}\t{binary(first_content)}"
            f"\t{person}\t{store.pk}\t{self.sources[source]}\t{times}\t{offers}\t{nullable(staff)}"
            f"\t{NULL if numbered is None else plain(numbered)}\n"
        )

    def _no_store(self, code: str) -> str:
        if self.dealer is None:
            return _("No store has this code; import it first.")
        if not code.strip():
            return _("Nothing says which store. Choose it when you upload, or add that column.")
        return _("None of your stores has this code.")

    def _staff(self, email: str, store: Store, at: datetime) -> int | None:
        if not email.strip():
            return None
        person = self.staff.get(email.strip().lower())
        if person is None:
            raise RowProblem(STAFF, email, _("Nobody here has this e-mail address."))
        try:
            if self.until.get((person.pk, store.pk), at) <= at:
                check_may_register_for(person, store, at)
                self.until[person.pk, store.pk] = registers_until(person, store)
        except PeopleRefused as refused:
            raise RowProblem(STAFF, email, str(refused)) from None
        return person.pk

    def match(self, recorded_at: datetime) -> None:
        """Sort out what is on file already, or twice in the file, or of a store that has closed."""
        numbered = (ALREADY_NUMBERED,) if ROW in self.further else ()
        for statement in (*numbered, TWICE_IN_FILE, ALREADY_REGISTERED):
            for line, external_id, same in stream(statement):
                if same:
                    self.file.repeated += 1
                else:
                    self.file.reject(
                        line,
                        "external_id",
                        external_id.removeprefix(KEY_PREFIX),
                        _("This id is on file with other content; give the row its own id."),
                    )
        if not self.historical:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE staged_registration SET at = %s", [recorded_at])
            for line, code, name in stream(CLOSED_SINCE):
                self.file.reject(
                    line,
                    "store_code",
                    code,
                    _("%(store)s has closed: it takes no customers any more.") % {"store": name},
                )


def _card(dealer_id: int, person: int, line: int, number: str, name: str) -> str:
    card_id = uuid4()
    card = cards.sealed(dealer_id, card_id, number, name)
    return (
        f"{person}\t{dealer_id}\t{line}\t{card_id}\t{binary(card['phone_sealed'])}"
        f"\t{binary(card['name_sealed'])}\t{{{','.join(map(str, card['search_tokens']))}}}\n"
    )


# What was registered when the number of a row was still its id.
ALREADY_NUMBERED = """
DELETE FROM staged_registration AS again USING customers_registration AS first
WHERE first.key = again.numbered AND first.content IN (again.content, again.first_content)
RETURNING again.line, again.key, true
"""
TWICE_IN_FILE = """
DELETE FROM staged_registration AS again
USING (SELECT key, min(id) AS id FROM staged_registration GROUP BY key HAVING count(*) > 1) AS twice
    JOIN staged_registration AS first ON first.id = twice.id
WHERE again.key = twice.key AND again.id > twice.id
RETURNING again.line, again.key, again.content = first.content
"""
ALREADY_REGISTERED = """
DELETE FROM staged_registration AS again USING customers_registration AS first
WHERE first.key = again.key
RETURNING again.line, again.key, first.content IN (again.content, again.first_content)
"""
# The receipt counts: a row of a day before the closing comes too late as well.
CLOSED_SINCE = """
DELETE FROM staged_registration AS late USING dealers_store AS s
WHERE s.id = late.store_id AND s.closed_at <= late.at
RETURNING late.line, s.code, s.name
"""
