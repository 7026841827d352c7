"""The network, its people and what was looked at, as headquarters sees them."""

from dealers.admin import invitations, network, people, records
from dealers.admin.base import (
    EVERYWHERE,
    NearPaginator,
    NeverDeletedAdmin,
    PortalAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    WithPickers,
)

__all__ = [
    "EVERYWHERE",
    "NearPaginator",
    "NeverDeletedAdmin",
    "PortalAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "WithPickers",
    "invitations",
    "network",
    "people",
    "records",
]
