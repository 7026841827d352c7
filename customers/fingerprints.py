"""Another fingerprint key comes into use while everybody goes on registering.

It makes its fingerprint of the one that is on file, so no number is needed for it, and each portion
is done once: every row says by how many keys it is known. Meanwhile a person is looked for by both.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cutoff import busy_as, hold_all
from customers.identity import known_keys, renewed
from customers.models import Identity, NumberChange
from dealers.database import rows_of, store_each
from dealers.keys import held
from dealers.keys.rotation import Portions, RotationRefused, expect
from dealers.models import KeyRotation

PORTION = 1000  # people, who wait for it if they are just being recorded


def renew(rotation: KeyRotation, at: datetime) -> Portions:  # noqa: ARG001
    """Bring everybody up to the newest fingerprint key of the settings."""
    _take_in()
    stale = [rows_of(model).filter(keyed__lt=known_keys()) for model in (Identity, NumberChange)]
    while left := sum(rows.count() for rows in stale):
        expect(rotation, left)
        for rows in stale:
            after = 0
            while done := _portion(rows.filter(pk__gt=after)):
                after = done[-1]
                yield len(done)


def _take_in() -> None:
    """Begin to use the next key: from then on nobody is recorded by who does not know it."""
    on_file, known = held.fingerprint_keys_on_file(), known_keys()
    if on_file == known:
        return
    if Identity.objects.filter(keyed__lt=on_file).exists() or known > on_file + 1:
        raise RotationRefused(_("Take one fingerprint key into use after the other."))
    with busy_as(RotationRefused), transaction.atomic():
        hold_all()
        if held.fingerprint_keys_on_file() == on_file:
            held.take_in_fingerprint_key()


@transaction.atomic
def _portion(stale: Any) -> list[int]:
    """Bring some rows up to all keys; their ids."""
    rows = list(stale.order_by("pk").select_for_update()[:PORTION])
    for row in rows:
        _renew(row)
    if rows:
        columns = ["keyed"] + [
            name for name in ("fingerprint", "before", "after") if hasattr(rows[0], name)
        ]
        store_each(rows, columns)
    return [row.pk for row in rows]


def _renew(row: Any) -> None:
    for name in ("fingerprint", "before", "after"):
        if hasattr(row, name):
            setattr(row, name, renewed(bytes(getattr(row, name)), row.keyed))
    row.keyed = known_keys()


def bring_up(identity: Identity, keys_in_use: int) -> bytes:
    """The fingerprint of a person, renewed on file where that is still to be done."""
    if identity.keyed < keys_in_use:
        _renew(identity)
        identity.save(update_fields=["fingerprint", "keyed"])
    return bytes(identity.fingerprint)
