from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DealersConfig(AppConfig):
    name = "dealers"
    verbose_name = _("Network and people")

    def ready(self):
        from dealers import files, triggers
        from dealers.exit_pack import agreements, network, parts, proof
        from dealers.imports import kinds
        from dealers.walls import building

        kinds.register(files.KINDS)
        parts.register(proof.PART, *network.TABLES, agreements.ANSWERS, agreements.PAPERS)
        post_migrate.connect(triggers.take_out_the_switch, sender=self)
        post_migrate.connect(triggers.drop_what_is_left_behind, sender=self)
        post_migrate.connect(building.build_after, sender=self)
