from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Training")

    def ready(self):
        from dealers import certified
        from dealers.exit_pack import parts
        from training import (
            exit_pack,
            onboarding,  # noqa: F401 -- it hears of whoever signs in
        )
        from training.models.certificates import CERTIFIED_TIMES

        parts.register(*exit_pack.TABLES)
        certified.TIMES[:] = [CERTIFIED_TIMES]
