"""What a closed gate says to whoever got nothing: which one it was, and what opens it from then on.

Each is asked of the moment of the event. What was paid nothing is not made up for later.
"""

from datetime import date

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incentives.models import Component, Direction, Event, Gate

_SHORT: dict[str, Promise] = {
    Gate.AGREEMENT_SIGNED: gettext_lazy("Agreement not signed by then"),
    Gate.CERTIFIED: gettext_lazy("Nobody certified at that moment"),
    Gate.DATA_COMPLETE: gettext_lazy("Data not complete"),
}


def short(gate: str, component: Component) -> str:
    """What was not so, short enough for a step of the arithmetic."""
    if gate == Gate.AGREEMENT_SIGNED and component.agreement_from:
        return _("That version of the agreement not signed by then")
    return str(_SHORT[gate])


def _is_charged(component: Component) -> bool:
    return component.version.plan.direction == Direction.DEALER_PAYS


def why(gate: str, component: Component) -> str:
    """Why nothing is paid or charged, in sentences."""
    if _is_charged(component):
        return _("Nothing is charged for it. %(why)s.") % {"why": short(gate, component)}
    if gate == Gate.AGREEMENT_SIGNED and component.agreement_from:
        return _why_unsigned(component) % {"day": _day(component.agreement_from)}
    if component.event == Event.FIRST_CONTACT and gate != Gate.DATA_COMPLETE:
        return _why_no_contact(gate)
    return _why_unpaid(gate, registration=component.of_registrations)


def _day(day: date) -> str:
    return formats.date_format(day, "DATE_FORMAT")


def _why_unsigned(component: Component) -> str:
    if component.event == Event.FIRST_CONTACT:
        return _(
            "It is paid only once the agreement that applies from %(day)s, or a later version, is"
            " signed, and at the moment of this contact no owner of yours had signed it."
        )
    if component.of_registrations:
        return _(
            "It is paid only once the agreement that applies from %(day)s, or a later version, is"
            " signed, and at the moment of this registration no owner of yours had signed it."
        )
    return _(
        "It is paid only once the agreement that applies from %(day)s, or a later version, is"
        " signed, and at the moment of this sale no owner of yours had signed it."
    )


def _why_no_contact(gate: str) -> str:
    if gate == Gate.AGREEMENT_SIGNED:
        return _(
            "It is paid only once the agreement is signed, and at the moment of this contact no"
            " owner of yours had signed it."
        )
    return _(
        "It is paid only while somebody who works for you holds a valid certificate, and at the"
        " moment of this contact nobody did."
    )


def _why_unpaid(gate: str, *, registration: bool) -> str:
    match gate:
        case Gate.AGREEMENT_SIGNED if registration:
            return _(
                "It is paid only once the agreement is signed, and at the moment of this"
                " registration no owner of yours had signed it."
            )
        case Gate.AGREEMENT_SIGNED:
            return _(
                "It is paid only once the agreement is signed, and at the moment of this sale no"
                " owner of yours had signed it."
            )
        case Gate.CERTIFIED if registration:
            return _(
                "It is paid only while somebody who works for you holds a valid certificate, and at"
                " the moment of this registration nobody did."
            )
        case Gate.CERTIFIED:
            return _(
                "It is paid only while somebody who works for you holds a valid certificate, and at"
                " the moment of this sale nobody did."
            )
        case _other if registration:
            return _(
                "It is paid only for registrations whose data are complete: this one does not name"
                " who made it, or was made without consent to service."
            )
        case _other:
            return _(
                "It is paid only for sales whose data are complete: this one has a line that names"
                " no product."
            )


def opens(gate: str, component: Component) -> str:
    """What to do so that the next ones are paid; nothing where they would be charged."""
    if _is_charged(component):
        return ""
    match gate:
        case Gate.AGREEMENT_SIGNED if component.agreement_from:
            return _(
                "From the moment on at which you sign the agreement that applies from %(day)s, or"
                " a later version, this is paid."
            ) % {"day": _day(component.agreement_from)}
        case Gate.AGREEMENT_SIGNED:
            return _("From the moment on at which you sign the agreement, this is paid.")
        case Gate.CERTIFIED:
            return _("From the moment on at which one of you passes a course, this is paid.")
        case _other if component.of_registrations:
            return _("What is registered by somebody who is signed in names who made it.")
        case _other:
            return _(
                "Have whoever brings your sales name the product of each line. In files that is the"
                " column product."
            )
