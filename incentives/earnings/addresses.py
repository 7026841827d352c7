"""Where a line of the books has its page."""

from datetime import date

from django.urls import reverse

from incentives.models import Line


def of_line(line: Line, month: date | None = None) -> str:
    """The page with the reasons of a booked line: by the plan and the code of its component.

    ``month`` is the one that booked it, where that is known. Reads the line's result and event.
    """
    result = line.result
    code = f"{result.component.version.plan.code}.{result.code}"
    event = line.registration.receipt if line.registration else str(line.order_id)
    return reverse("incentives:line", args=[month or result.run.month, code, event])
