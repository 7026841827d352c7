"""Follow-ups in a load, answered by the rules in their place between registrations and sales."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from customers.bulk.people import People
from customers.bulk.staging import Batch, binary, ids, nullable
from customers.models import Activity
from dealers import vault
from dealers.models import Store, User
from dealers.vault import Row

TABLE = Activity._meta.db_table


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a store's staff did with a customer."""

    at: datetime
    number: str
    store: str  # code
    staff: str  # e-mail
    kind: str
    outcome: str = ""
    note: str = ""
    next_on: date | None = None


def stage(follow_ups: Iterable[FollowUp], people: People, stores: Mapping[str, Store]) -> None:
    """Copy follow-ups into a temporary table. Raises RowProblem for a number that is none."""
    staff = dict(User.objects.values_list("email", "pk"))
    rows = Batch("staged_activity")
    for activity, it in zip(ids("customers_activity_id_seq"), follow_ups, strict=False):
        store = stores[it.store]
        note = (
            vault.seal(Row(store.dealer_id, TABLE, activity), "note", it.note) if it.note else None
        )
        rows.add(
            f"{activity}\t{people.named(it.number)}\t{store.dealer_id}\t{store.pk}"
            f"\t{staff[it.staff]}\t{it.kind}\t{it.outcome}\t{it.at}\t{binary(note)}"
            f"\t{nullable(it.next_on)}\n"
        )
    rows.flush()
