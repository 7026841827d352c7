"""Paying: batches that two people make and approve, the file for the bank and its answer."""

import tempfile
from collections import Counter
from pathlib import Path

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from dealers import months, spreadsheets
from dealers.admin import PortalAdmin, ReadOnlyAdmin
from dealers.imports.problems import WrongUse, in_short
from dealers.signin import second_factor
from dealers.site import takes_files
from dealers.words import exact_money as money
from dealers.words import sentences
from incentives.forms.payouts import BankAnswerForm
from incentives.models import BankFileColumn, Payout, PayoutBatch, PayoutState, Program
from incentives.payouts import answers, bank_file, batches, columns
from incentives.payouts.batches import BatchRefused

SAID = 20  # problems of an answer that the page names
NAMED = 50  # dealers without a bank account that the page names


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ReadOnlyAdmin):
    list_display = ("number", "payments", "amount", "waiting", "failed", "made_by", "approved_by",
                    "made_at")  # fmt: skip
    list_select_related = ("made_by", "approved_by")
    search_fields = ("number",)
    search_exactly = True
    search_help_text = gettext_lazy("The number of a batch, written in full.")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("number", "newest", "currency", "amount", "payouts", "file_holds", "made_by",
              "made_at", "approved_by", "approved_at", "withdrawn_by",
              "withdrawn_at")  # fmt: skip
    readonly_fields = ("newest", "amount", "payouts", "file_holds")
    change_list_template = "admin/incentives/payoutbatch/change_list.html"
    change_form_template = "admin/incentives/payoutbatch/change_form.html"

    def get_queryset(self, request):
        there = ~Q(payouts__state=PayoutState.WITHDRAWN)
        counted = {
            "found": Count("payouts", filter=there),
            "sum": Sum("payouts__amount"),
            "to_come": Count("payouts", filter=Q(payouts__state=PayoutState.WAITING)),
            "back": Count("payouts", filter=Q(payouts__state=PayoutState.FAILED)),
        }
        return super().get_queryset(request).annotate(**counted)

    @admin.display(description=gettext_lazy("payments"))
    def payments(self, batch):
        return batch.found

    @admin.display(description=gettext_lazy("payments"))
    def payouts(self, batch):
        address = reverse("admin:incentives_payout_changelist")
        return format_html(
            '<a href="{}?batch__id__exact={}">{}</a>', address, batch.pk, batch.found
        )

    @admin.display(description=gettext_lazy("month"))
    def newest(self, batch):
        return months.name(batch.month)

    @admin.display(description=gettext_lazy("file for the bank"))
    def file_holds(self, batch):
        return columns.in_words(columns.of(batch))

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, batch):
        return money(batch.sum or 0, batch.currency)

    @admin.display(description=gettext_lazy("not answered"))
    def waiting(self, batch):
        return batch.to_come if batch.approved_at else _("to be approved") * bool(batch.to_come)

    @admin.display(description=gettext_lazy("sent back"))
    def failed(self, batch):
        return batch.back

    def may(self, request, verb: str) -> bool:
        return request.actor.at_hq and request.user.has_perm(f"incentives.{verb}_payoutbatch")

    def changelist_view(self, request, extra_context=None):
        due = batches.due(timezone.now())
        context = {
            "due": due,
            "amount": self._total(due.amount),
            "waiting": self._total(due.waiting),
            "missing": Counter(str(it.statement.dealer) for it in due.without_account).most_common(
                NAMED
            ),
            "disputed": self._total(due.disputed),
            "held": [self._part(part, part.held) for part in due.held[:NAMED]],
            "may_make": self.may(request, "add"),
            "may_read": self.may(request, "change"),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        batch = self.get_object(request, object_id)
        context = {"may_decide": self.may(request, "change"), "batch": batch}
        if batch is not None:
            waiting = list(batch.payouts.filter(state=PayoutState.WAITING))
            context["changed"] = len(batches.changed_since(waiting))
            if batch.approved_at is None:
                disputed = batches.disputed_since(batch, timezone.now())
                context["disputed"] = disputed[:NAMED]
                context["other_columns"] = columns.changed_since(batch)
            context["own"] = batch.made_by_id == request.user.pk
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def get_urls(self):
        def at(route, view, name):
            return path(
                route, self.admin_site.admin_view(view), name=f"incentives_payoutbatch_{name}"
            )

        return [
            at("make/", self.make, "make"),
            at("answer/", self.answer, "answer"),
            at("<int:pk>/approve/", self.approve, "approve"),
            at("<int:pk>/withdraw/", self.withdraw, "withdraw"),
            at("<int:pk>/file/", self.file, "file"),
            *super().get_urls(),
        ]

    def _back(self, batch=None):
        if batch is None:
            return redirect("admin:incentives_payoutbatch_changelist")
        return redirect("admin:incentives_payoutbatch_change", batch.pk)

    def _ask(self, request, title, question, **shown):
        """The page that asks whether to go on, or back to where one came from."""
        back = self._back(shown.get("batch")).url
        return self.asking(request, title, question, back=back, **shown)

    def make(self, request):
        """Ask, then put all that is due into a batch."""
        if not self.may(request, "add"):
            raise PermissionDenied
        if request.method == "POST":
            try:
                batch = batches.make(by=request.actor, at=timezone.now())
            except BatchRefused as refused:
                self.message_user(request, str(refused), messages.WARNING)
                return self._back()
            self.message_user(
                request,
                _("%(batch)s is made. A second person has to approve it.") % {"batch": batch},
                messages.SUCCESS,
            )
            return self._back(batch)
        due = batches.due(timezone.now())
        lines = [self._part(part, part.amount) for part in due.payable[:NAMED]]
        question = ngettext(
            "%(count)d payment of %(amount)s in all. Nothing is paid before a second person"
            " approves it.",
            "%(count)d payments of %(amount)s in all. Nothing is paid before a second person"
            " approves them.",
            len(due.payable),
        ) % {"count": len(due.payable), "amount": self._total(due.amount)}
        more = len(due.payable) - len(lines)
        question = sentences(question, columns.in_words(columns.current()))
        return self._ask(request, _("Make a payout batch"), question, objects=lines, more=more)

    def approve(self, request, pk):
        """Ask the second person; from then on it is on its way."""
        batch = self._batch(request, pk)
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        question = _(
            "You approve that the bank pays %(count)d payments, %(amount)s in all. They are booked"
            " as on their way, and the batch can no longer be withdrawn."
        ) % {"count": batch.payouts.count(), "amount": self._sum(batch)}
        question = sentences(question, columns.in_words(columns.of(batch)))
        return self._decide(
            request, batch, _("Approve %(batch)s") % {"batch": batch}, question,
            decide=batches.approve, log=gettext_noop("Approved the batch."),
        )  # fmt: skip

    def withdraw(self, request, pk):
        """Take a batch back that nobody approved."""
        batch = self._batch(request, pk)
        question = _("What is in this batch is due again, and comes with the next one.")
        return self._decide(
            request, batch, _("Withdraw %(batch)s") % {"batch": batch}, question,
            decide=batches.withdraw, log=gettext_noop("Withdrew the batch."),
        )  # fmt: skip

    def _decide(self, request, batch, title, question, *, decide, log):
        if request.method != "POST":
            return self._ask(request, title, question, objects=[batch], batch=batch)
        before = (batch.approved_at, batch.withdrawn_at)
        try:
            decided = decide(batch, by=request.actor, at=timezone.now())
        except BatchRefused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            # Somebody else may have done it meanwhile, and is named already.
            if (decided.approved_at, decided.withdrawn_at) != before:
                self.log_change(request, batch, log)
        return self._back(batch)

    def file(self, request, pk):
        """The file for the bank; each dealer's access log says who took it."""
        batch = self._batch(request, pk)
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        try:
            content = bank_file.written(batch, by=request.actor)
        except BatchRefused as refused:
            self.message_user(request, str(refused), messages.WARNING)
            return self._back(batch)
        self.log_change(request, batch, gettext_noop("Took the file for the bank."))
        return spreadsheets.download(content, bank_file.name_of(batch))

    @takes_files
    def answer(self, request) -> HttpResponse:
        """Read the bank's answer; the same one again changes nothing."""
        if not self.may(request, "change"):
            raise PermissionDenied
        # Asked before the file is chosen: it cannot be kept while the second factor is shown.
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        form = BankAnswerForm(request.POST or None, request.FILES or None)
        read = None
        if request.method == "POST" and form.is_valid():
            with tempfile.TemporaryDirectory() as folder:
                there = Path(folder) / "answer.csv"
                with there.open("wb") as target:
                    for piece in form.cleaned_data["file"].chunks():
                        target.write(piece)
                try:
                    read = answers.read_file(there, by=request.actor, at=timezone.now())
                except WrongUse as wrong:
                    form.add_error("file", str(wrong))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Read the bank's answer"),
            "opts": self.opts,
            "form": form,
            "read": read,
            "problems": list(in_short(read.problems, {}, most=SAID)) if read else [],
        }
        return TemplateResponse(request, "admin/incentives/payoutbatch/answer.html", context)

    def _batch(self, request, pk) -> PayoutBatch:
        if not self.may(request, "change"):
            raise PermissionDenied
        return get_object_or_404(PayoutBatch, pk=pk)

    def _part(self, part, amount):
        statement = part.statement
        return f"{statement.number} · {statement.dealer} · {money(amount, statement.currency)}"

    def _sum(self, batch):
        return money(batch.payouts.aggregate(amount=Sum("amount"))["amount"], batch.currency)

    def _total(self, amount):
        return money(amount, Program.current().currency)


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ("reference", "dealer", "statement_link", "amount", "state", "bank_on", "reason")
    list_filter = ("state", "batch")
    list_select_related = ("dealer", "statement", "batch")
    search_fields = ("reference", "dealer__code", "dealer__name")
    search_exactly = True
    search_help_text = gettext_lazy(
        "Payment reference or dealer code written in full, or a part of a dealer's name."
    )
    ordering = ("-id",)
    sortable_by = ()
    fields = ("reference", "batch", "dealer", "statement", "amount", "state", "bank_on", "reason",
              "answered_by", "answered_at")  # fmt: skip

    @admin.display(description=gettext_lazy("statement"))
    def statement_link(self, payout):
        address = reverse("admin:incentives_statement_change", args=[payout.statement_id])
        return format_html('<a href="{}">{}</a>', address, payout.statement)


@admin.register(BankFileColumn)
class BankFileColumnAdmin(PortalAdmin):
    list_display = ("position", "heading", "cell", "text")
    list_display_links = ("heading",)
    ordering = ("position",)
    fields = ("position", "heading", "cell", "text")
