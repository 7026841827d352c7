"""Where an owner opens a gate behind which something was paid nothing."""

from types import SimpleNamespace

from django.urls import reverse
from django.utils.translation import gettext_lazy

from incentives.explanation import gates
from incentives.models import Component, Gate

# The page, and how it is called.
_PAGES = {
    Gate.AGREEMENT_SIGNED: ("dealers:agreement", gettext_lazy("To the agreement")),
    Gate.CERTIFIED: ("training:home", gettext_lazy("To the courses")),
}


def opened_by(gate: str, component: Component) -> SimpleNamespace | None:
    """What opens a closed gate from now on, with the page where that is done, if there is one."""
    opens = gates.opens(gate, component) if gate else ""
    if not opens:
        return None
    page, name = _PAGES.get(Gate(gate), ("", ""))
    return SimpleNamespace(opens=opens, url=page and reverse(page), name=name)
