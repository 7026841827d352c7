"""The network, its people and what was looked at, as headquarters sees them."""

from dealers.admin import agreements, invitations, network, people, records
from dealers.admin.base import (
    EVERYWHERE,
    MOST_FOUND,
    MadeByFormAdmin,
    NearPaginator,
    NeverDeletedAdmin,
    NotedAdmin,
    PortalAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    WithPickers,
)
from dealers.admin.publishing import PublishingAdmin, PutForwardAdmin, Reading
from dealers.admin.shares import SharesRead

__all__ = [
    "EVERYWHERE",
    "MOST_FOUND",
    "MadeByFormAdmin",
    "NearPaginator",
    "NeverDeletedAdmin",
    "NotedAdmin",
    "PortalAdmin",
    "PublishingAdmin",
    "PutForwardAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "Reading",
    "SharesRead",
    "WithPickers",
    "agreements",
    "invitations",
    "network",
    "people",
    "records",
]
