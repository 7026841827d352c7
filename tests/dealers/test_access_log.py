"""Who looked at a dealer's customers: all of it for its owner, for nobody else."""

import pytest

from dealers.models import AccessAction, AccessLog, Role
from tests.factories.dealers import OwnerFactory, UserFactory

PAGE = "/access/"


@pytest.fixture
def looks(owner, clerk):
    """One by the store's associate, one by headquarters, one at another dealer."""
    for dealer, user, role in [
        (owner.dealer, clerk.user, Role.ASSOCIATE),
        (owner.dealer, UserFactory(name="Outsider"), "support"),
        (OwnerFactory().dealer, UserFactory(name="Rival"), Role.OWNER),
    ]:
        AccessLog.objects.create(
            dealer=dealer, user=user, role=role, action=AccessAction.REVEAL,
            fields="phone", purpose="follow-up",
        )  # fmt: skip


def test_an_owner_sees_every_look_and_those_of_others_alone(login, looks, owner, clerk):
    whole = login(owner).get(PAGE).content.decode()
    others = login(owner).get(f"{PAGE}?by=others").content.decode()

    assert clerk.user.name in whole
    assert "Outsider" in whole
    assert "Outsider" in others
    assert clerk.user.name not in others
    assert "Rival" not in whole


def test_the_log_goes_with_the_owner_as_a_file(login, looks, owner, clerk):
    rows = login(owner).get(f"{PAGE}?export=csv").content.decode("utf-8-sig").splitlines()

    assert len(rows) == 3
    assert any(clerk.user.name in row for row in rows)


@pytest.mark.parametrize("who", ["clerk", "manager", "region_manager", "rival"])
def test_for_others_there_is_no_log(login, request, owner, who):
    assert login(request.getfixturevalue(who)).get(PAGE).status_code == 404


def test_a_log_without_a_look_says_so(login, owner, english):
    answer = login(owner).get(PAGE)

    assert "Nobody looked at your customers" in answer.content.decode()
