from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from dealers import currencies


class IncentivesConfig(AppConfig):
    name = "incentives"
    verbose_name = _("Incentives and boards")

    def ready(self) -> None:
        from customers import erasure
        from dealers.imports import kinds
        from incentives.disputes import showing
        from incentives.models import Program
        from incentives.plans import files

        erasure.further(showing.forget)
        kinds.register(files.KINDS)
        currencies.told_by(lambda: Program.current().currency)
