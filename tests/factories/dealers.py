"""A small network and its people."""

import secrets
from datetime import UTC, date, datetime

import factory
from django.contrib.auth.models import Group
from django.db import connection
from factory.django import DjangoModelFactory

from dealers import vault
from dealers.models import Dealer, Level, Membership, Region, Role, Sharing, Store, User


class RegionFactory(DjangoModelFactory):
    code = factory.Sequence(lambda n: f"R{n}")
    name = factory.Sequence(lambda n: f"大区 {n}")

    class Meta:
        model = Region


class DealerFactory(DjangoModelFactory):
    code = factory.Sequence(lambda n: f"D{n:04}")
    name = factory.Sequence(lambda n: f"经销商 {n}")
    region = factory.SubFactory(RegionFactory)

    class Meta:
        model = Dealer


class StoreFactory(DjangoModelFactory):
    code = factory.Sequence(lambda n: f"S{n}")
    name = factory.Sequence(lambda n: f"门店 {n}")
    dealer = factory.SubFactory(DealerFactory)
    timezone = "Asia/Shanghai"
    size_class = "B"
    opened_on = date(2016, 1, 1)

    class Meta:
        model = Store


class UserFactory(DjangoModelFactory):
    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"店员{n}")
    password = factory.django.Password("portal")

    class Meta:
        model = User
        skip_postgeneration_save = True


def member_of(group: str, **fields) -> User:
    """Somebody at headquarters, in one of its groups."""
    user = UserFactory(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=group))
    return user


class MembershipFactory(DjangoModelFactory):
    """An associate's post; ``role`` and scope make it another one."""

    user = factory.SubFactory(UserFactory)
    role = Role.ASSOCIATE
    store = factory.SubFactory(StoreFactory)
    dealer = factory.LazyAttribute(lambda post: post.store and post.store.dealer)
    starts_at = datetime(2016, 1, 1, tzinfo=UTC)

    class Meta:
        model = Membership


class OwnerFactory(MembershipFactory):
    role = Role.OWNER
    store = None
    dealer = factory.SubFactory(DealerFactory)


class RegionalManagerFactory(MembershipFactory):
    role = Role.REGIONAL_MANAGER
    store = None
    dealer = None
    region = factory.SubFactory(RegionFactory)


def shared(dealer: Dealer, level: int = Level.TOGETHER, **more) -> Sharing:
    """The dealer shares its customers, or the card ``customer``, with the brand at a level."""
    return Sharing.objects.create(dealer=dealer, level=level, **more)


def sealed_earlier(row: vault.Row, field: str, text: str, version: int) -> bytes:
    """A sealed value as earlier envelopes had it: bound to less, and as long as its text."""
    keys, nonce = vault.keys_of(row.dealer_id), secrets.token_bytes(vault.NONCE)
    place = f"|{row.table}|{row.id}" if version == vault.BARE else ""
    body = keys.cipher.encrypt(nonce, text.encode(), f"{row.dealer_id}{place}|{field}".encode())
    return vault.HEADER.pack(version, keys.id) + nonce + body


def keys_are_committed() -> None:
    """As if the transaction that made the dealers' keys so far had ended."""
    connection.run_on_commit = [
        entry for entry in connection.run_on_commit if not isinstance(entry[1], vault._Keep)
    ]
