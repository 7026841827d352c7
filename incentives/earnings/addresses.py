"""Where a line of the books has its page."""

from django.urls import reverse

from incentives.models import Line


def of_line(line: Line) -> str:
    """The page with the reasons of a booked line: by the plan and the code of its component.

    Reads the line's result, with its month and component, and its event.
    """
    result = line.result
    code = f"{result.component.version.plan.code}.{result.code}"
    event = line.registration.receipt if line.registration else str(line.order_id)
    return reverse("incentives:line", args=[result.run.month, code, event])
