"""A program file for the engine: everything that a component may say.

``import_program`` stores what the portal closes months with today, and refuses the rest by name.
The engine reads all of it, from a file (``try_plan``). What is stored counts ``registration``,
``dispatch``, ``first_contact`` and ``paid_sale`` (``online_sale`` is kept as one that is made
online), and pays flat, a percentage, per unit, by decay, in tiers of either kind or a bonus at a
threshold, by month. The file::

    {"currency": "CNY", "timezone": "Asia/Shanghai", "plans": [PLAN, …]}

``timezone`` defaults to UTC+8; ``rulebook`` and ``cohorts`` may stand there and are not read.

Plan
    ``code``, ``name``, ``audience`` (``dealer``, ``staff``, ``regional_manager``; dealer),
    ``direction`` (``brand_pays``, ``dealer_pays``; brand_pays), ``from``, ``until`` (not included),
    ``components``, ``beneficiary_cap`` (the most a beneficiary gets of the plan in a month),
    ``budget_cap`` (the most that the plan pays to all, ever). Two plans of one code are versions:
    the earlier one ends where the later one starts, and what they share (caps) is counted once,
    the highest of a month counts. ``notice_days`` and ``budget``, by which headquarters plans, may
    stand there and are not read.

Component, which events
    ``code``, ``name``.
    ``event``: ``registration``, ``dispatch`` (accepted), ``first_contact`` (in time), ``visit``,
    ``paid_sale``, ``repeat_sale`` (a paid sale to a customer with an earlier one), ``online_sale``
    (a paid sale with sold_by online), ``service``, ``certificate``, ``rank``, ``return``.
    ``place``: ``own``, ``sister``, ``other``, ``online``, ``own_or_sister``, ``any``, or a list
    (sales only; any).
    ``filter``: an object of lists, of which each has to hold: ``category``, ``level``, ``dealer``,
    ``store``, ``staff``, ``region``, ``source``. Lines of other categories do not count.
    ``anchor``: ``payment`` (the event's own day says which version applies) or ``registration``
    (the day of owned_since does; without one, or before the plan began, the event's) (payment).
    ``group``, ``order``: of the components of one group of the plan that an event counts for, the
    one with the lowest order (then the first of the file) gets it; the others give zero, reason
    ``group``.
    ``gate``: a list of ``agreement_signed``, ``certified``, ``data_complete``. What fails a gate
    gives zero, reason ``gate_`` and its name, and takes no room under a cap; of several that are
    closed the first one is named. Each is asked of the moment of the event: what was paid nothing
    is not made up for later, and its returns take nothing. (What the portal goes by on record
    stands in ``engine.evidence``.)
    ``agreement_from``: with the gate ``agreement_signed``, the day from which the version applies
    that has to be signed, or a later one (any version).
    ``pays_zero``: whether a sale of net 0 counts for bases other than net (false).

Component, for whom
    ``to``: ``owner`` or ``seller`` (owner); audience dealer only. The seller is the owner at own
    and sister, else the column ``seller``.
    ``by_share``: multiplied by the beneficiary's share of the sale, largest remainder (false).

Component, how much
    ``kind``, with its usual base:

    ================== ====== =====================================================================
    ``flat``           count  rate per event
    ``percent``        net    rate x base
    ``per_unit``       units  rate x units
    ``first_n``        count  rate per event, for the first ``n`` of a window (of each beneficiary;
                              with ``"per": "all"`` of all together)
    ``decay``          net    rate x base; ``from`` of a row is the age of the ownership in days
    ``matrix``         net    rate x base; a row names ``level`` and/or ``category``; of those that
                              fit the one that names both, then level, then category, then neither
    ``by_place``       count  rate per event; ``from`` of a row is the column quantity (rank)
    ``tiers_marginal`` net    over a period: each part of the sum at the rate of its row
    ``tiers_whole``    net    over a period: the whole sum at the rate of the row reached
    ``to_target``      net    over a period: the whole sum at the rate of the row reached, where
                              ``from`` is a share of the target (1 is all of it)
    ``threshold_bonus`` net   over a period: the rate of the row reached is the amount
    ================== ====== =====================================================================

    ``base``: ``net``, ``units``, ``margin``, ``count``.
    ``rows``: ``{"from", "rate", "level", "category"}``, a row is [from, next from); ``from`` is 0
    where it is left out, ``level`` and ``category`` mean any. Every kind paid per event may name
    level and category. Nothing fits: zero, reason ``no_rate``.
    ``target`` (an amount) and ``targets`` (an object of code and amount) for ``to_target``.
    ``multipliers``: ``{"factor", "level", "category", "region", "from", "until"}``; all that fit
    are multiplied (kinds paid per event).
    ``window``: ``month``, ``quarter``, ``year`` (month): what a period kind, a period cap and
    ``first_n`` count over. ``per`` is the audience's own word (``dealer``, ``staff``, ``region``).

Component, limits
    ``line_cap``, ``line_floor``, ``order_cap``, ``order_floor`` (kinds paid per event);
    ``period_cap``, ``period_floor``; ``minimum`` is another word for the floor of a result: of an
    order where it is paid per event, else of a period. A floor lifts what counts at all, a cap has
    the last word. What was paid because of a floor is taken back in proportion, as it was paid.
    ``withhold``: a share of each amount that is kept back.

Component, returns
    ``clawback``: ``original_rate`` or ``recompute`` (recompute for period kinds, for which alone it
    is), ``clawback_days`` (180), ``return_window_days`` (15, which changes no amount).

A key that would change nothing is refused: ``target`` of what is paid per event, ``window`` where
nothing is counted over one, ``order`` outside a group. What is paid by period has one version in
each of its windows.

LINES.csv has further columns at its end where a line needs them: ``share`` of a sale that is split,
``multiplier`` where factors may fit (their product, 1 where none does), both of what they are one
of and not of what comes back; and ``plan`` where several plans use one code of a component.

Reasons in LINES.csv, joined by ``+`` where several cut: ``group``, ``net_zero``, ``first_n``,
``no_rate``, ``line_cap``, ``line_floor``, ``order_cap``, ``order_floor``, ``period_cap``,
``period_floor``, ``beneficiary_cap``, ``budget_cap``, ``gate_agreement_signed``,
``gate_certified``, ``gate_data_complete``, ``withheld``, ``clawback_over`` (a return after
clawback_days).

Columns that EVENTS.csv may have besides those of every file: ``seller`` (the dealer who sold, where
it is not the owner), ``customer`` (any name, tells repeat sales), ``source``, ``agreement_signed``
and ``data_complete`` (``yes`` or ``no``, at the moment of the event; empty is no),
``agreement_from`` (the day from which the newest version applies that was signed then). Certified
is who has a ``certificate`` event before: the person for staff, else anybody of the dealer.
"""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from incentives.engine.component import Component, limit, one_of
from incentives.engine.component import component as read_component
from incentives.engine.registry import AUDIENCES
from incentives.models import Direction
from incentives.models import Plan as StoredPlan
from incentives.plans.program_file import ProgramNotValid
from incentives.plans.reader import Reader

_TOP = {"currency", "timezone", "rulebook", "plans", "cohorts"}
_PLAN = {
    "code", "name", "name_en", "text", "text_en", "audience", "direction", "from", "until",
    "components", "beneficiary_cap", "budget_cap", "notice_days", "budget",
}  # fmt: skip


@dataclass
class Program:
    """The components of a file's plans, in the order of the file."""

    currency: str
    timezone: str
    components: list[Component] = field(default_factory=list)


def parse(data: dict[str, Any]) -> Program:
    """The terms of a program file's content. Raises ProgramNotValid with every problem."""
    problems: list[str] = []
    currency = data.get("currency", "CNY")
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii()
            and currency.isupper()):  # fmt: skip
        Reader(problems, "CNY").problem(
            "currency", currency, _("write three capital letters, such as CNY")
        )
        currency = "CNY"
    reader = Reader(problems, currency)
    reader.known_keys("$", data, _TOP)
    program = Program(currency, _timezone(reader, data))
    plans = []
    for path, plan in reader.objects("plans", data.get("plans")):
        before = len(problems)
        reader.known_keys(path, plan, _PLAN)
        found = _plan(reader, path, plan)
        if len(problems) == before:
            plans.append((path, plan, found))
    _end_with_the_next(reader, sorted(plans, key=_by_time))
    for path, plan, found in plans:
        program.components += _components(reader, path, plan, found)
    _change_with_a_window(reader, program.components)
    if problems:
        raise ProgramNotValid(problems)
    for n, component in enumerate(program.components):
        component.values["id"] = n
    return program


def _timezone(reader: Reader, data: dict[str, Any]) -> str:
    name = data.get("timezone", "Asia/Shanghai")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        reader.problem("timezone", name, _("write a time zone such as Asia/Shanghai"))
        return "Asia/Shanghai"
    return str(name)


def _plan(reader: Reader, path: str, data: dict[str, Any]) -> dict[str, Any]:
    starts, ends = reader.day(path, data, "from", required=True), reader.day(path, data, "until")
    if starts and ends and ends <= starts:
        reader.problem(f"{path}.until", data["until"], _("write a day after from"))
    direction = reader.choice(path, data, "direction", Direction, Direction.BRAND_PAYS)
    return {
        "plan": reader.code(path, data, StoredPlan),
        "audience": AUDIENCES[one_of(reader, path, data, "audience", AUDIENCES, default="dealer")],
        "sign": -1 if direction == Direction.DEALER_PAYS else 1,
        "starts_on": starts,
        "ends_on": ends,
        "beneficiary_cap": limit(reader, path, data, "beneficiary_cap"),
        "budget_cap": limit(reader, path, data, "budget_cap"),
    }


def _by_time(each: tuple[str, dict[str, Any], dict[str, Any]]) -> tuple[str, date]:
    return each[2]["plan"], each[2]["starts_on"]


def _end_with_the_next(
    reader: Reader, plans: list[tuple[str, dict[str, Any], dict[str, Any]]]
) -> None:
    began: dict[str, date] = {}
    for (_path, _data, one), (path, data, other) in pairwise(plans):
        if one["plan"] != other["plan"]:
            continue
        if one["starts_on"] == other["starts_on"]:
            reader.problem(
                f"{path}.from", data["from"], _("two versions of a plan start on different days")
            )
        if one["ends_on"] is None or one["ends_on"] > other["starts_on"]:
            one["ends_on"] = other["starts_on"]
    for _path, _data, found in plans:
        found["began_on"] = began.setdefault(found["plan"], found["starts_on"])


def _change_with_a_window(reader: Reader, components: list[Component]) -> None:
    """What is paid once in a window has one version in it: two would count its sales apart."""
    ends = {(c.values["plan"], c.values["code"], c.values["ends_on"]) for c in components}
    for each in components:
        values = each.values
        starts: date = values["starts_on"]
        earlier = (values["plan"], values["code"], starts) in ends
        if earlier and values["period"] and (starts.month - 1) % values["months"]:
            remedy = _("a version starts with the quarter or year that %(code)s is paid by")
            reader.problem("plans", starts.isoformat(), remedy % {"code": values["code"]})


def _components(
    reader: Reader, path: str, data: dict[str, Any], plan: dict[str, Any]
) -> list[Component]:
    given = data.get("components")
    if not given:
        reader.problem(f"{path}.components", given, _("write at least one component"))
    found, codes = [], set()
    for place, each in reader.objects(f"{path}.components", given or []):
        before = len(reader.problems)
        component = read_component(reader, place, each, plan)
        code = component.values["code"]
        if code and code in codes:
            reader.problem(f"{place}.code", code, _("use each code once in a plan"))
        codes.add(code)
        if len(reader.problems) == before:
            found.append(component)
    return found
