"""Replacing a key by another one while everybody goes on working.

A change goes on in portions, each a transaction of its own. What it has still to do is read from
the rows themselves, so it can be broken off at any point and go on anywhere, twice at once too.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import F, Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from dealers import outbox, vault
from dealers.actor import Actor
from dealers.database import rows_of, store_each
from dealers.keys import envelopes, masters, resealing
from dealers.models import Dealer, DealerKey, KeyRotation, OutboxTask, PortalKey, RotationKind
from dealers.sealed import SealedField, sealed_fields, sealed_models
from dealers.vault import Row

PORTION = 500  # rows, which a second is more than enough for
KEPT = timedelta(days=2)  # that a replaced key still opens what was on its way: files, long loads
TASK = "dealers.tasks.change_keys"

Portions = Iterator[int]


class RotationRefused(Exception):
    """The message says what is in the way."""


@dataclass(frozen=True, slots=True)
class Derived:
    """Columns made with the dealer's key of what is sealed, and what makes them anew."""

    columns: tuple[str, ...]
    renew: Callable[[Any], None]


# What higher apps add: columns of their models, and changes of a kind of their own.
DERIVED: dict[type[Model], Derived] = {}
KINDS: dict[str, Callable[[KeyRotation, datetime], Portions]] = {}


def begin(
    kind: RotationKind,
    *,
    by: Actor,
    at: datetime,
    dealer: Dealer | None = None,
    at_once: bool = False,
) -> KeyRotation:
    """Begin to change a key, or go on with the change that is under way.

    The worker does it; with ``at_once`` whoever calls, and the worker if that is broken off.
    """
    with transaction.atomic():
        rotation, made = KeyRotation.objects.get_or_create(
            kind=kind,
            dealer=dealer,
            finished_at=None,
            defaults={"asked_by": by.user, "started_at": at},
        )
        if made and dealer is not None:
            _replace_key(dealer, at)
        if not at_once:
            due = ready_at(rotation)
            outbox.add_all([outbox.Put(TASK, (rotation.pk,), f"keys-{rotation.pk}", due)], at=at)
    return rotation


def ready_at(rotation: KeyRotation) -> datetime:
    """From when on every process knows the key that is to be used."""
    if rotation.dealer_id is None:
        return rotation.started_at
    newest = DealerKey.objects.filter(dealer=rotation.dealer_id).latest("pk")
    return newest.created_at + vault.KNOWN_AFTER


def go_on(rotation: KeyRotation, at: datetime) -> Iterator[KeyRotation]:
    """Do the rest of a change, which shows how far it is after each portion.

    Call it when it is ``ready_at``. Raises VaultError for what does not open: nothing is lost.
    """
    for portion in KINDS[rotation.kind](rotation, at):
        KeyRotation.objects.filter(pk=rotation.pk).update(done=F("done") + portion)
        rotation.refresh_from_db()
        yield rotation
    KeyRotation.objects.filter(pk=rotation.pk, finished_at=None).update(finished_at=Now())
    rotation.refresh_from_db()
    yield rotation


def expect(rotation: KeyRotation, rows: int) -> None:
    """Note how much there is left to do."""
    KeyRotation.objects.filter(pk=rotation.pk).update(total=F("done") + rows)


def check(dealer: Dealer) -> None:
    """Raise RotationRefused for a dealer whose keys were destroyed: it gets no other."""
    if destroyed_at(dealer.pk) is not None:
        raise RotationRefused(_("The keys of this dealer were destroyed."))


def destroyed_at(dealer_id: int) -> datetime | None:
    """Since when nothing is sealed or opened for a dealer any more, its keys being destroyed."""
    newest = DealerKey.objects.filter(dealer=dealer_id).order_by("pk").last()
    return newest.destroyed_at if newest is not None else None


def _replace_key(dealer: Dealer, at: datetime) -> None:
    """Make a new key for a dealer. Raises RotationRefused as ``check`` does."""
    Dealer.objects.select_for_update(no_key=True).get(pk=dealer.pk)
    check(dealer)
    vault.keys_of(dealer.pk)  # a first one, where nothing was sealed yet
    newest = DealerKey.objects.filter(dealer=dealer).latest("pk")
    key = vault.new_key(dealer.pk, replaces=newest)
    key.created_at = at
    key.save(force_insert=True)
    transaction.on_commit(partial(vault.forget, dealer.pk))


def _reseal_dealer(rotation: KeyRotation, at: datetime) -> Portions:
    dealer_id = cast(int, rotation.dealer_id)
    vault.forget(dealer_id)
    newest = DealerKey.objects.filter(dealer=dealer_id).latest("pk")
    if vault.keys_of(dealer_id).id != newest.pk:
        raise RotationRefused("The new key is not known everywhere yet; try again in a minute.")
    # Until there is nothing left: who used the former key meanwhile may have stored something.
    while left := {it: ids for it in sealed_models() if (ids := stale_rows(it, newest))}:
        expect(rotation, sum(map(len, left.values())))
        for model, ids in left.items():
            for start in range(0, len(ids), PORTION):
                yield reseal(model, ids[start : start + PORTION], newest)
    DealerKey.objects.filter(dealer=dealer_id, pk__lt=newest.pk, retired_at=None).update(
        retired_at=at
    )


def stale_rows(model: type[Model], key: DealerKey) -> list[Any]:
    """The rows of the key's dealer with a value that is sealed with another key."""
    other = [
        f'length("{it.column}") > 0'
        f' AND substring("{it.column}" FROM 2 FOR 4) <> int4send(%(key)s::int4)'
        for it in sealed_fields(model)
    ]
    query = (
        f'SELECT "{model._meta.pk.column}" FROM "{model._meta.db_table}"'  # noqa: S608 -- our own
        f" WHERE dealer_id = %(dealer)s AND ({' OR '.join(other)}) ORDER BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"dealer": key.dealer_id, "key": key.pk})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def reseal(model: type[Model], ids: list[Any], key: DealerKey) -> int:
    """Seal these rows with a dealer's key, where they are not; how many were not."""
    fields, derived = sealed_fields(model), DERIVED.get(model, Derived((), _nothing))
    columns = [*(it.name for it in fields), *derived.columns]
    rows = (
        rows_of(model)
        .filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
        .only("dealer_id", *columns)
    )
    changed = []
    for row in rows:
        sealed = [_resealed(row, it, key) for it in fields]
        if any(sealed):
            derived.renew(row)
            changed.append(row)
    store_each(changed, columns)
    return len(changed)


def _resealed(row: Any, field: SealedField, key: DealerKey) -> bool:
    sealed = getattr(row, field.attname)
    if not sealed or vault.sealed_with(sealed) == key.pk:
        return False
    place = Row.of(row)
    text = vault.unseal(place, field.label, sealed)
    setattr(row, field.attname, vault.seal(place, field.label, text))
    return True


def _nothing(_row: Any) -> None:
    pass


def _rewrap(rotation: KeyRotation, at: datetime) -> Portions:  # noqa: ARG001
    """Wrap all keys with the newest master key, then seal what it sealed itself."""
    newest = masters.provider().newest()
    portal = PortalKey.objects.exclude(master_key_id=newest)
    dealers = DealerKey.objects.exclude(master_key_id=newest).filter(destroyed_at=None)
    expect(rotation, portal.count() + dealers.count() + resealing.count())
    while rewrapped := _portion_of_keys(portal, envelopes.rewrap):
        yield rewrapped
    while rewrapped := _portion_of_keys(dealers, vault.rewrap):
        yield rewrapped
    yield from resealing.portions()


@transaction.atomic
def _portion_of_keys(stale: Any, rewrap: Callable[[Any], None]) -> int:
    keys = list(stale.order_by("pk").select_for_update(no_key=True)[:PORTION])
    for key in keys:
        rewrap(key)
    if keys:
        type(keys[0]).objects.bulk_update(keys, ["wrapped", "master_key_id"])
    return len(keys)


KINDS[RotationKind.MASTER] = _rewrap
KINDS[RotationKind.DEALER] = _reseal_dealer


def unfinished() -> list[KeyRotation]:
    """The changes that are under way."""
    return list(KeyRotation.objects.filter(finished_at=None).order_by("pk"))


def sweep(at: datetime) -> None:
    """Have the worker go on with what was left behind, and destroy what was replaced."""
    for each in unfinished():
        waiting = OutboxTask.objects.to_do().filter(task=TASK, args=[each.pk])
        if ready_at(each) < at and not waiting.exists():
            outbox.add(TASK, each.pk, at=at)
    destroy_replaced(at)


def destroy_replaced(at: datetime) -> int:
    """Destroy the keys that were replaced long enough ago and seal nothing any more; how many."""
    gone = 0
    for key in DealerKey.objects.filter(retired_at__lt=at - KEPT, destroyed_at=None).order_by("pk"):
        newest = DealerKey.objects.filter(dealer=key.dealer_id).latest("pk")
        in_use = vault.keys_of(key.dealer_id).id == newest.pk
        if not in_use or newest == key or _still_used(newest):
            continue
        gone += destroy(DealerKey.objects.filter(pk=key.pk), at)
    return gone


def _still_used(newest: DealerKey) -> bool:
    """Whether anything had to be sealed with the newest key, or made with it, just now."""
    used = 0
    for model in sealed_models():
        used += len(stale := stale_rows(model, newest))
        for start in range(0, len(stale), PORTION):
            reseal(model, stale[start : start + PORTION], newest)
        if derived := DERIVED.get(model):
            used += _derive_anew(model, derived, newest.dealer_id)
    return used > 0


def _derive_anew(model: type[Model], derived: Derived, dealer_id: int) -> int:
    """Make the derived columns of a dealer's rows as they should be; how many were not."""
    rows = rows_of(model).filter(dealer=dealer_id)
    ids, wrong = list(rows.order_by("pk").values_list("pk", flat=True)), 0
    for start in range(0, len(ids), PORTION):
        with transaction.atomic():
            portion = rows.filter(pk__in=ids[start : start + PORTION]).order_by("pk")
            changed = []
            for row in portion.select_for_update(no_key=True, of=("self",)):
                before = [getattr(row, name) for name in derived.columns]
                derived.renew(row)
                if before != [getattr(row, name) for name in derived.columns]:
                    changed.append(row)
            store_each(changed, derived.columns)
            wrong += len(changed)
    return wrong


def destroy(keys: Any, at: datetime) -> int:
    """Destroy these keys of dealers, a queryset: what they sealed opens for nobody any more."""
    for dealer_id in set(keys.values_list("dealer", flat=True)):
        transaction.on_commit(partial(vault.forget, dealer_id))
    return keys.filter(destroyed_at=None).update(wrapped=b"", destroyed_at=at)


def wait_until(moment: datetime, now: Callable[[], datetime]) -> None:
    """Wait until it is ``moment``."""
    while (left := (moment - now()).total_seconds()) > 0:
        time.sleep(min(left, 5.0))
