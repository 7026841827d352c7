from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dealers import currencies


class IncentivesConfig(AppConfig):
    name = "incentives"
    verbose_name = _("Incentives and boards")

    def ready(self) -> None:
        from customers import erasure
        from customers.closings import steps
        from dealers.agreements import benefits
        from dealers.exit_pack import parts, proof
        from dealers.imports import kinds
        from incentives import exit_pack
        from incentives.disputes import showing
        from incentives.models import Program
        from incentives.payouts import owed
        from incentives.plans import agreement, files, published

        erasure.further(showing.forget)
        kinds.register(files.KINDS)
        parts.register(*exit_pack.TABLES, *exit_pack.DOCUMENTS)
        proof.LINES["terms.txt"] = lambda _dealer: published.lines()
        for needs in (owed.account_is_needed, owed.may_be_disputed):
            if needs not in steps.KEY_NEEDED:
                steps.KEY_NEEDED.append(needs)
        if agreement.tied not in benefits.TIED:
            benefits.TIED.append(agreement.tied)
        currencies.told_by(lambda: Program.current().currency)
