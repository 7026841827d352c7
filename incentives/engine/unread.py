"""Keys of a component that would change nothing: whoever wrote them meant something, so they are
refused rather than read over.
"""

from typing import Any

from django.utils.translation import gettext as _

from incentives.engine.registry import KINDS, SALE
from incentives.plans.reader import Reader

# What holds where nothing is said may be said.
_USUAL = {"to": "owner", "window": "month", "clawback": "original_rate"}


def refuse(reader: Reader, path: str, data: dict[str, Any], values: dict[str, Any]) -> None:
    """Report each key of ``data`` that a component with these ``values`` does not read."""
    kind = KINDS[values["kind"]]
    read = {
        "n": (values["first_n"] is not None, _("only first_n has it")),
        "target": (kind.measure == "target", _("only to_target has it")),
        "targets": (kind.measure == "target", _("only to_target has it")),
        "order": (values["stack"] is not None, _("only what is in a group has it")),
        "pays_zero": (
            values["fact"] == SALE and values["base"] != "net",
            _("only what is paid by count, units or margin of a sale has it"),
        ),
        "window": (
            kind.period or values["first_n"] is not None or values["period_cap"] is not None,
            _("only tiers, targets, bonuses, first_n and a period_cap have it"),
        ),
        "to": (values["fact"] == SALE, _("only sales have a seller")),
        "minimum": (
            data.get("period_floor" if kind.period else "order_floor") is None,
            _("it is another word for the floor that stands there, too; keep one of them"),
        ),
        "clawback": (values["fact"] == SALE, _("only sales come back")),
        "clawback_days": (values["fact"] == SALE, _("only sales come back")),
        "return_window_days": (values["fact"] == SALE, _("only sales come back")),
    }
    for key, (is_read, remedy) in read.items():
        if data.get(key) not in (None, False, {}, _USUAL.get(key)) and not is_read:
            reader.problem(f"{path}.{key}", data[key], remedy)
