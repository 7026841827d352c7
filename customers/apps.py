from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers and orders")

    def ready(self) -> None:
        from customers import cards, exit_pack, fingerprints
        from customers.bulk import files
        from customers.dispatch import files as files_of_leads
        from customers.models import Customer
        from customers.ownership import handover
        from dealers import people
        from dealers.exit_pack import parts
        from dealers.imports import kinds
        from dealers.keys import rotation
        from dealers.models import RotationKind

        kinds.register((*files.KINDS, *files_of_leads.KINDS))
        parts.register(*exit_pack.TABLES, *exit_pack.DOCUMENTS)
        if handover.let_go not in people.LEAVING:
            people.LEAVING.append(handover.let_go)
        rotation.DERIVED[Customer] = rotation.Derived(("search_tokens",), cards.renew_tokens)
        rotation.KINDS[RotationKind.FINGERPRINT] = fingerprints.renew
