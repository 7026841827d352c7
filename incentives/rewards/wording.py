"""A reward program in sentences: what those whom it is for read, and its author reads back."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.words import NONE, count, listed, money, sentences
from incentives.boards import cohorts, times
from incentives.boards.metrics import FIGURES
from incentives.boards.standing import FEWEST
from incentives.models import (
    Board,
    Length,
    Metric,
    Program,
    RewardKind,
    RewardProgram,
    Unit,
)
from incentives.models.reward_programs import BY_PLACE, COMPARED
from incentives.rewards import lift


def times_of(program: RewardProgram) -> str:
    """The weeks, months or quarters that it is about: from the first to the last."""
    first, last = program.starts[0], program.starts[-1]
    if first == last:
        return times.name(program.length, first)
    return _("%(first)s to %(last)s") % {
        "first": times.name(program.length, first),
        "last": times.name(program.length, last),
    }


def figure_of(program: RewardProgram) -> str:
    """The figure and whose it is: Net sales · Stores."""
    metric, unit = Metric(program.metric).label, Unit(program.unit).label
    return f"{metric} · {unit}"


def goal_of(program: RewardProgram) -> str:
    """The figure to reach as it is read: an amount, a number, a share, points of a lift."""
    if program.goal is None:
        return NONE
    if program.kind == RewardKind.LIFT:
        return _("%(points)s points") % {"points": count(program.goal)}
    match FIGURES[Metric(program.metric)].kind:
        case "money":
            return money(program.goal, Program.current().currency)
        case "share":
            return f"{count(program.goal)}%"
    return count(program.goal)


def value_of(program: RewardProgram, value: Decimal) -> str:
    """A figure as a reward names it; how much a share rose, and a lift, in points."""
    if program.kind == RewardKind.LIFT:
        return _("%(points)s points") % {"points": count(round(value, 2))}
    share = FIGURES[Metric(program.metric)].kind == "share"
    if share and program.kind == RewardKind.IMPROVED:
        return _("%(points)s points") % {"points": count(round(value * 100, 2))}
    return board_value(program, value)


def board_value(program: RewardProgram, value: Decimal) -> str:
    """A figure of its board: an amount, a number, a share."""
    match FIGURES[Metric(program.metric)].kind:
        case "money":
            return money(value, Program.current().currency)
        case "share":
            return f"{count(round(value * 100, 2))}%"
    return count(value)


def parts(program: RewardProgram) -> dict[str, tuple[str, str]]:
    """The name and the sentences of each part of the rules, by its key."""
    return {
        "figure": (_("What counts"), sentences(*_figure(program))),
        "who": (_("Who is rewarded"), sentences(*_who(program))),
        "what": (_("What there is"), sentences(*_what(program))),
        "when": (_("When it is settled"), sentences(*_when(program))),
        "looked": (_("What is looked at first"), sentences(*_looked(program))),
    }


def _figure(program: RewardProgram) -> list[str]:
    figure = FIGURES[Metric(program.metric)]
    said = [
        _("The boards of “%(figure)s” for %(unit)s: %(times)s.")
        % {
            "figure": Metric(program.metric).label,
            "unit": Unit(program.unit).label,
            "times": times_of(program),
        },
        figure.computed,
    ]
    if program.kind in COMPARED:
        said.append(
            ngettext(
                "The time before counts as well: %(count)d event is needed in each of both.",
                "The time before counts as well: %(count)d events are needed in each of both.",
                program.least,
            )
            % {"count": program.least}
        )
    return said


def _who(program: RewardProgram) -> list[str]:
    said = []
    words = {"places": program.places, "goal": goal_of(program), "fewest": FEWEST}
    match program.kind:
        case RewardKind.TOP:
            said += [
                _("The first %(places)d places of each cohort.") % words,
                _("A figure of zero or less is not rewarded."),
            ]
        case RewardKind.IMPROVED:
            said.append(
                _("The %(places)d of each cohort whose figure rose most against the time before.")
                % words
            )
        case RewardKind.THRESHOLD:
            said.append(_("Everybody who reaches %(goal)s or more.") % words)
        case RewardKind.FIRST:
            said += [
                _("The first %(places)d of each cohort to reach %(goal)s.") % words,
                _(
                    "What counts is the moment of the sale or registration by which the figure came"
                    " there; at the end it still has to be there."
                ),
            ]
        case RewardKind.LIFT:
            said += [
                _("Managers of regions that grew %(goal)s or more above the others.") % words,
                _(
                    "Growth is by how many percent the figure rose against the time before, of a"
                    " share by how many percentage points; from it the growth of all other regions"
                    " together is taken off. How large a region is makes no difference."
                ),
                _(
                    "Beside fewer than %(others)d other regions with enough events nobody is"
                    " compared. Who manages the region when the time ends is rewarded; several"
                    " share."
                )
                % {"others": lift.OTHERS},
            ]
    if program.cohort:
        said.append(_("Only those of “%(cohort)s” take part.") % {"cohort": cohort_name(program)})
    if program.kind in (RewardKind.TOP, RewardKind.IMPROVED):
        said.append(
            _("A cohort in which fewer than %(fewest)d have a place is not rewarded.") % words
        )
    if program.kind in BY_PLACE:
        said.append(
            _(
                "Whoever shares a place shares the sum of the places that they take up together;"
                " what cannot be divided goes to the earlier code."
            )
        )
    return said


def _what(program: RewardProgram) -> list[str]:
    currency, said = Program.current().currency, []
    if program.amounts:
        if program.kind in BY_PLACE:
            each_place = listed(
                _("place %(rank)d: %(amount)s") % {"rank": rank, "amount": money(each, currency)}
                for rank, each in enumerate(program.amounts, 1)
            )
            said.append(_("By place: %(amounts)s.") % {"amounts": each_place})
        else:
            said.append(_("%(amount)s each.") % {"amount": money(program.amounts[0], currency)})
        said.append(
            _(
                "All rewards of one %(length)s come to no more than %(budget)s; if they would, each"
                " gets its part of that, in proportion."
            )
            % {
                "length": Length(program.length).label.lower(),
                "budget": money(program.budget, currency),
            }
        )
        said.append(_whose(program.unit))
    if program.badge:
        said.append(_("The badge “%(badge)s”.") % {"badge": program.badge_name})
    return said


def _whose(unit: str) -> str:
    match unit:
        case Unit.STAFF:
            return _("The amount is the person's own, not the dealer's.")
        case Unit.REGION:
            return _("The amount is the manager's own.")
        case Unit.STORE:
            return _("The amount of a store is booked for its dealer.")
    return _("The amount is booked for the dealer.")


def _when(program: RewardProgram) -> list[str]:
    said = [
        _(
            "Once, from the board as it is frozen. What is recorded or returned later changes"
            " nothing about it."
        )
    ]
    if program.amounts and program.unit in (Unit.STORE, Unit.DEALER):
        said.append(
            _(
                "It is booked in the month that is open then, and stands as a line of its own on"
                " that month's statement."
            )
        )
    return said


def _looked(program: RewardProgram) -> list[str]:
    if program.unit == Unit.REGION:
        return [_("Nothing is held: a region's figure is over many dealers.")]
    return [
        _(
            "Numbers of own people as customers, one customer in bursts, one purchase in many"
            " orders, and what is bought and returned over and over."
        ),
        _(
            "Where that is found, the reward is held and headquarters decides about it; the reason"
            " and the orders are told to whom it is for."
        ),
    ]


def cohort_name(program: RewardProgram) -> str:
    """What its only cohort is called; its code where there is none of that code any more."""
    board = Board(metric=program.metric, unit=program.unit, starts_on=program.starts_on)
    return cohorts.names(board).get(program.cohort, program.cohort)
