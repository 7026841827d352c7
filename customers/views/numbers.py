"""A customer's other number."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers import numbers
from customers.cards import CardRefused, open_one
from customers.forms.numbers import NumberForm
from customers.views.customer import visible


@require_http_methods(["GET", "HEAD", "POST"])
def new_number(request, pk):
    """Let the customer go on under another number."""
    _membership, customer = visible(request, pk)
    form = NumberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            numbers.change_number(
                customer, phone=form.cleaned_data["phone"], by=request.actor, at=timezone.now()
            )
        except CardRefused as refused:
            form.add_error("phone", str(refused))
        else:
            messages.success(request, _("Changed. The customer goes on under the new number."))
            return redirect(customer)
    context = {"form": form, "card": open_one(customer, by=request.actor), "customer": customer}
    status = 422 if form.is_bound else 200
    return render(request, "customers/new_number.html", context, status=status)
