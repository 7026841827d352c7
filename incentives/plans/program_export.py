"""The program as a file: what ``program_file`` reads as the same rulebook, plans and cohorts."""

import json
from pathlib import Path
from typing import Any

from customers.models import Rulebook
from customers.ownership.rulebook_file import write_rulebook
from incentives.boards import cohorts
from incentives.models import Cohort, PlanVersion, Program
from incentives.plans.content import plan_of


def program(*, drafts: bool = False) -> dict[str, Any]:
    """The currency, the rulebook that was published last, published versions, and cohorts.

    A file has one rulebook, so those before it stay where they are. Versions come in the order in
    which they take over from each other. With ``drafts`` also what is not published, the newest
    rulebook too.
    """
    found: dict[str, Any] = {"currency": Program.current().currency}
    rulebooks = Rulebook.objects.order_by("-starts_on", "-pk")
    rulebook = (rulebooks if drafts else rulebooks.published()).first()
    if rulebook is not None:
        found["rulebook"] = write_rulebook(rulebook)
    versions = PlanVersion.objects.select_related("plan").order_by("plan__code", "starts_on", "pk")
    found["plans"] = [plan_of(each) for each in (versions if drafts else versions.published())]
    found["cohorts"] = [_cohort(each) for each in Cohort.objects.order_by("position", "code")]
    return found


def write(path: Path, *, drafts: bool = False) -> dict[str, Any]:
    """Write the program to a file; what was written. Raises OSError."""
    found = program(drafts=drafts)
    path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return found


def _cohort(cohort: Cohort) -> dict[str, Any]:
    found: dict[str, Any] = {"code": cohort.code, "name": cohort.name}
    if cohort.name_en:
        found["name_en"] = cohort.name_en
    found |= {"unit": str(cohort.unit), "size_classes": list(cohort.size_classes)}
    found |= cohorts.opened(cohort)
    if regions := sorted(cohort.regions.values_list("code", flat=True)):
        found["regions"] = regions
    return found
