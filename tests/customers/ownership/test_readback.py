"""A rulebook read back in sentences."""

import pytest

from customers.ownership import readback
from tests.factories.customers import RulebookFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def said(key, **settings):
    return readback.parts(RulebookFactory.build(**settings))[key][1]


@pytest.mark.parametrize(
    ("key", "rules", "sentence"),
    [
        ("contact", {"release_after_days": 7}, "free for others after 7 days."),
        ("contact", {"release_after_days": None}, "Nobody is released for want of a contact."),
        ("warnings", {"warning_days": [1, 30, 7]}, "30, 7, 1 days before a protection ends."),
        ("warnings", {"warning_days": []}, "Nobody is warned before a protection ends."),
        ("extensions", {"extensions": 2, "extension_days": 30}, "by 30 days, 2 times at most"),
        ("extensions", {"extensions": 0}, "A protection is not extended on request."),
        ("pool", {"pool_claims_per_day": 20}, "on one day: 20. The store that had"),
        ("pool", {"pool_cooldown_days": 0}, "on one day: 20."),
        ("pool", {"pool_claims_per_day": None}, "on one day: any number."),
    ],
)
def test_each_rule_that_works_reads_itself_back(key, rules, sentence):
    assert sentence in said(key, **rules)
