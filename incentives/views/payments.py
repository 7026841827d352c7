"""Where a dealer is paid, and that its owner has seen a statement. The owner's alone."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dealers.signin.second_factor import fresh_secret
from incentives.forms.payouts import BankAccountForm
from incentives.payouts import accounts
from incentives.statements.release import acknowledge
from incentives.views import earnings, statements


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_secret(lambda request: request.method == "POST")
def bank_account(request):
    """The account by its end, and a form for another one; it asks for the password again."""
    dealer = earnings.dealer_of(request)
    form = BankAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accounts.enter(dealer, form.details, by=request.actor, at=timezone.now())
        messages.success(
            request, _("The bank account is on file. All owners of this dealer are told.")
        )
        return redirect("incentives:bank-account")
    known = accounts.shown(dealer.pk, by=request.actor)
    return render(
        request, "incentives/statements/bank_account.html", {"form": form, "known": known}
    )


@require_POST
def seen(request, month):
    """Put down that the owner has seen the statement."""
    statement = statements.statement_of(request, month)
    acknowledge(statement, by=request.actor, at=timezone.now())
    messages.success(request, _("It is on record that you have seen this statement."))
    return redirect("incentives:statement", month=month)
