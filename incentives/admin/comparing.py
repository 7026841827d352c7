"""Two versions of a plan side by side, with what differs."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from incentives.models import PlanVersion
from incentives.plans import versions
from incentives.plans.reading import parts_of

COMPARE = "incentives_planversion_compare"


@dataclass(frozen=True, slots=True)
class Row:
    """What both versions say in one respect; empty for nothing."""

    name: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        return self.left != self.right


class ComparePage:
    """The page of two versions, for the admin of versions."""

    def get_urls(self):
        site: Any = self
        view = site.admin_site.admin_view(self.compare)
        return [
            path("<int:object_id>/compare/", view, name=COMPARE),
            *super().get_urls(),
        ]

    def compare(self, request, object_id):
        """The version beside the one before it, or the one that was chosen."""
        site: Any = self
        version = get_object_or_404(site.get_queryset(request), pk=object_id)
        if not site.has_view_permission(request, version):
            raise PermissionDenied
        others = list(version.plan.versions.exclude(pk=version.pk).order_by("-number"))
        chosen = request.GET.get("with", "")
        other = next((it for it in others if str(it.pk) == chosen), None)
        if other is None:
            other = versions.predecessor(version) or (others[0] if others else None)
        rows = side_by_side(other, version) if other else []
        return TemplateResponse(
            request,
            "admin/incentives/planversion/compare.html",
            {
                **site.admin_site.each_context(request),
                "title": _("Side by side: %s") % version.plan,
                "opts": site.opts,
                "version": version,
                "other": other,
                "others": others,
                "rows": rows,
                "same": sum(1 for row in rows if not row.differs),
            },
        )


def side_by_side(left: PlanVersion, right: PlanVersion) -> list[Row]:
    """Time, notice and components of two versions."""
    one, two = parts_of(left), parts_of(right)
    codes = [*two, *(code for code in one if code not in two)]
    return [
        Row(_("Time"), _time(left), _time(right)),
        Row(_("Notice"), _notice(left), _notice(right)),
        *(
            Row(
                (two.get(code) or one[code])[0],
                one.get(code, ("", ""))[1],
                two.get(code, ("", ""))[1],
            )
            for code in codes
        ),
    ]


def _time(version: PlanVersion) -> str:
    words = {"first": date_format(version.starts_on, "DATE_FORMAT")}
    if version.ends_on is None:
        return _("From %(first)s on") % words
    words["last"] = date_format(version.ends_on, "DATE_FORMAT")
    return _("From %(first)s until before %(last)s") % words


def _notice(version: PlanVersion) -> str:
    return _("%(days)d days") % {"days": version.notice_days}
