"""Each role finds its own way."""

from types import SimpleNamespace

import pytest

from config.navigation import Navigation
from dealers.models import Role


def names(role, path="/", *, staff=False):
    membership = SimpleNamespace(role=role) if role else None
    user = SimpleNamespace(is_staff=staff)
    navigation = Navigation(SimpleNamespace(path=path, membership=membership, user=user))
    side = [entry["item"].name for _group, entries in navigation.side() for entry in entries]
    return side, [entry["item"].name for entry in navigation.bar()], navigation


@pytest.mark.parametrize("role", [Role.ASSOCIATE, Role.STORE_MANAGER, Role.OWNER])
def test_registering_is_the_middle_of_the_bar(role):
    _side, bar, _navigation = names(role)
    assert bar.index("customers:capture") == (len(bar) - 1) // 2
    assert bar[0] == "home"


def test_staff_belong_to_owners_and_store_managers():
    assert "dealers:staff" not in names(Role.ASSOCIATE)[0]
    for role in (Role.STORE_MANAGER, Role.OWNER):
        side, bar, navigation = names(role)
        assert "dealers:staff" in side
        assert "dealers:staff" not in bar
        assert "dealers:staff" in [entry["item"].name for entry in navigation.more()]


def test_the_regional_manager_has_no_customers():
    # But leads, of whom the queue says what they want and not who they are, and requests.
    theirs = [name for name in names(Role.REGIONAL_MANAGER)[0] if name.startswith("customers:")]
    assert theirs == ["customers:lead-queue", "customers:extensions", "customers:reviews"]


def test_headquarters_goes_to_the_admin_and_visitors_nowhere():
    assert names(None, staff=True)[0] == ["admin:index", "dealers:imports"]
    assert names(None)[0] == []


def test_the_page_one_is_on_is_marked():
    _side, _bar, navigation = names(Role.OWNER, "/staff/invite/")
    marked = {
        entry["item"].name: entry["current"]
        for _group, entries in navigation.side()
        for entry in entries
        if entry["current"]
    }
    assert marked == {"dealers:staff": "true"}
    _side, _bar, navigation = names(Role.OWNER, "/me/")
    assert navigation.current is None
