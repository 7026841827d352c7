"""Shares on the admin's pages: in percent, as everywhere else."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from dealers.words import NONE, exact_percent


class SharesRead:
    """Rows with a ``share`` of one; pages show ``share_read`` instead."""

    @admin.display(description=gettext_lazy("share"))
    def share_read(self, row: Any) -> str:
        return NONE if row.share is None else exact_percent(row.share)
