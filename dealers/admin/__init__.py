"""The network, its people and what was looked at, as headquarters sees them."""

from dealers.admin import agreements, invitations, network, people, records
from dealers.admin.acting import EVERYWHERE
from dealers.admin.base import (
    MadeByFormAdmin,
    NeverDeletedAdmin,
    OneRowAdmin,
    PortalAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
)
from dealers.admin.long_lists import MOST_FOUND, NearPaginator
from dealers.admin.noted import NotedAdmin
from dealers.admin.pickers import WithPickers
from dealers.admin.publishing import PublishingAdmin, PutForwardAdmin, Reading
from dealers.admin.shares import SharesRead

__all__ = [
    "EVERYWHERE",
    "MOST_FOUND",
    "MadeByFormAdmin",
    "NearPaginator",
    "NeverDeletedAdmin",
    "NotedAdmin",
    "OneRowAdmin",
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
