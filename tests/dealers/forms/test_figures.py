"""Shares as people type them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from dealers.forms.figures import PercentField


@pytest.mark.parametrize("typed", ["30", "30%", " 30 ％ ", "３０%"])
def test_a_share_is_typed_in_percent(typed):
    assert PercentField().clean(typed) == Decimal("0.3")


@pytest.mark.parametrize("typed", ["sNaN", "NaN", "Infinity", "1E999999999"])
def test_what_nobody_can_reckon_with_is_refused(typed):
    with pytest.raises(ValidationError):
        PercentField().clean(typed)
