"""The stories that a rulebook has to answer as headquarters expects, before it is published."""

import json
from copy import replace

from django.utils.translation import gettext as _

from customers.models import Rulebook, Story
from customers.ownership import bench_file
from customers.ownership.expectations import Difference, differences
from customers.ownership.settings import Rulebooks, Settings


def unmet(rulebook: Rulebook) -> list[str]:
    """The expectations of the stories in use that a rulebook does not meet, in sentences."""
    return [
        sentence(difference)
        for story in Story.objects.filter(in_use=True).order_by("name")
        for difference in told(story, rulebook)
    ]


def told(story: Story, rulebook: Rulebook) -> list[Difference]:
    """Where a rulebook answers a story otherwise than is expected."""
    case = bench_file.case_in(story.story | {"name": story.name}, _("story"))
    case = replace(case, rulebooks=Rulebooks([Settings.of(rulebook)]))
    return list(differences(case, bench_file.tried(case)))


def sentence(difference: Difference) -> str:
    """A difference in words."""
    return _("%(case)s, event %(event)d (%(do)s): %(key)s is %(got)s, expected %(expected)s") % {
        "case": difference.case,
        "event": difference.event,
        "do": difference.do,
        "key": difference.key,
        "got": _written(difference.got),
        "expected": _written(difference.expected),
    }


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
