"""An answer in the words of the reader's language."""

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Registration, Rule
from customers.ownership.rulebook import last_day

SENTENCES = {
    Rule.R1: gettext_lazy(
        "Your store already has this customer (%(name)s follows up). Protected until %(until)s."
        " This visit is recorded."
    ),
    Rule.R2: gettext_lazy(
        "Another store of your dealer has this customer. Protected until %(until)s. This visit is"
        " recorded."
    ),
    Rule.R3: gettext_lazy(
        "This customer already has a store. Ownership has not changed and no registration reward"
        " is added. To protect customers and stores, we do not show which one."
    ),
    Rule.R4: gettext_lazy(
        "Headquarters has offered this customer to another store, which has not answered yet."
        " Ownership has not changed."
    ),
    Rule.R5: gettext_lazy(
        "Somebody else on file may be the same person. A person decides in two working days."
    ),
    Rule.R6: gettext_lazy(
        "Registered. This customer is yours, protected until %(until)s. Store and online purchases"
        " in that time are credited to you under your plan."
    ),
    Rule.CAP: gettext_lazy(
        "Recorded, and waiting: there are more open protected customers than the cap allows."
        " Customers with a sale do not count."
    ),
}
SENTENCES[Rule.R7] = SENTENCES[Rule.R6]
NOBODY_FOLLOWS_UP = gettext_lazy(
    "Your store already has this customer. Protected until %(until)s. This visit is recorded."
)


def sentence(registration: Registration) -> str:
    """The answer in the words of the reader's language.

    Reads the registration's ownership with its store and staff; join them for a list.
    """
    text = SENTENCES.get(Rule(registration.rule), registration.get_answer_display())
    owned = registration.ownership
    if owned is None or registration.protected_until is None:
        return str(text)
    if registration.rule == Rule.R1 and owned.staff is None:
        text = NOBODY_FOLLOWS_UP
    until = last_day(registration.protected_until, owned.store.tz)
    return str(text) % {
        "until": formats.date_format(until, "DATE_FORMAT"),
        "name": owned.staff or "",
    }


def text(registration: Registration, customer: str, received: str) -> str:
    """The receipt as text to pass on; ``customer`` is named as it may be read by others."""
    store = _("Store: %(store)s") % {"store": registration.store}
    number = _("Receipt %(receipt)s, received %(at)s") % {
        "receipt": registration.receipt,
        "at": received,
    }
    return "\n".join([sentence(registration), customer, store, number])
