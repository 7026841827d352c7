from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers and orders")

    def ready(self) -> None:
        from customers.bulk import files
        from customers.ownership import handover
        from dealers import people
        from dealers.imports import kinds

        kinds.register(files.KINDS)
        if handover.let_go not in people.LEAVING:
            people.LEAVING.append(handover.let_go)
