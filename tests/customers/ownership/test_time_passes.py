"""Whatever is done, looking and the job change nothing, and nobody loses what they were told."""

import json
import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.ownership import bench_file
from customers.ownership.bench import World
from customers.ownership.verbs import VERBS

DEALERS = {"A1": "DA", "A2": "DA", "B1": "DB", "C1": "DC"}
ZONES = {"A1": "Asia/Shanghai", "A2": "Asia/Urumqi", "B1": "America/Sao_Paulo", "C1": "Asia/Tokyo"}
STORES = {code: {"dealer": name, "timezone": ZONES[code]} for code, name in DEALERS.items()}
START = datetime(2018, 9, 26, 2, tzinfo=UTC)
STEPS = int(os.environ.get("RULE_STEPS", "5000"))
LONGEST = 20  # events in a story
CLOSING = 10  # of so many stories one closes something

store, person = st.sampled_from(sorted(DEALERS)), st.sampled_from("pqr")
staff = st.sampled_from("stu")
gap = st.one_of(
    st.just(timedelta()),
    st.timedeltas(timedelta(microseconds=1), timedelta(hours=5)),
    st.integers(1, 40).map(lambda days: timedelta(days=days)),
    st.sampled_from([timedelta(hours=48), timedelta(days=7), timedelta(days=90)]),
)


def does(verb, **said):
    return st.fixed_dictionaries({"do": st.just(verb), **said})


of_one = {"person": person, "store": store}
verbs = st.one_of(
    does("register", **of_one, staff=staff, channel=st.sampled_from(["capture", "import"])),
    does("register", **of_one, staff=staff, possible=st.just(True), fraud=st.booleans()),
    does("confirm", person=person),
    does("activity", **of_one, kind=st.sampled_from(["visit", "note", "quote"])),
    does("sale", person=person, place=st.sampled_from(["ONLINE", *DEALERS])),
    does("extend", person=person, answer=st.sampled_from([None, None, "yes", "no"])),
    does("release", person=person),
    does("claim", **of_one, staff=staff),
    does("choose", **of_one),
    does("offer", **of_one),
    does("accept", person=person, staff=staff),
    does("decline", person=person),
    does("rule", person=person, outcome=st.sampled_from(["keep", "void", "yes", "no"])),
    does("rule", person=person, outcome=st.just("move"), to=store),
    does("leave", staff=staff),
    does("assign", person=person, staff=staff),
)
closings = st.one_of(
    does("close_store", store=st.just("A1"), to=st.just("A2")),
    does("close_dealer", dealer=st.sampled_from(["DA", "DB"])),
)
rulebooks = st.fixed_dictionaries(
    {
        "from": st.just("2018-01-01"),
        "protection_days": st.integers(1, 60),
        "grace_days": st.integers(0, 4),
        "activity_renews_days": st.one_of(st.none(), st.integers(1, 60)),
        "sale_renews_days": st.one_of(st.none(), st.integers(1, 60)),
        "first_contact_hours": st.sampled_from([None, 48]),
        "caps": st.sampled_from([None, {"person": 1, "store": 2}]),
        "answer_mode": st.sampled_from(["instant", "instant", "after_confirmation"]),
        "pool_cooldown_days": st.sampled_from([0, 7]),
    }
)


@st.composite
def stories(draw):
    at, events = START, []
    for _number in range(draw(st.integers(1, LONGEST))):
        at += draw(gap)
        events.append(draw(closings if draw(st.integers(1, CLOSING)) == 1 else verbs))
        events[-1]["at"] = at.isoformat()
    return {"rulebook": draw(rulebooks), "stores": STORES, "events": events}


def looked_at(story, moments):
    """The story, with a job and a look at everybody at each moment."""
    looks = []
    for at in moments:
        looks.append({"at": at.isoformat(), "do": "job"})
        looks += [{"at": at.isoformat(), "do": "ask", "person": each} for each in "pqr"]
    events = [*story["events"], *looks]
    # Of one instant, what is done comes before the look at it, as it does without.
    return story | {"events": sorted(events, key=lambda it: datetime.fromisoformat(it["at"]))}


def played(story, path):
    path.write_text(json.dumps([story]))
    (case,) = bench_file.read(path)
    world = World(case.rulebooks, case.stores, case.calendar)
    for event in case.events:
        yield event, world.do(event, VERBS[event.do]), world


@given(story=stories(), data=st.data())
@settings(
    max_examples=max(1, STEPS // LONGEST),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_comes_by_itself_comes_at_its_own_moment(story, data, tmp_path):
    last = datetime.fromisoformat(story["events"][-1]["at"])
    often = st.lists(
        st.datetimes(START.replace(tzinfo=None), last.replace(tzinfo=None)), max_size=5
    )
    moments = sorted(each.replace(tzinfo=UTC) for each in data.draw(often))
    path = tmp_path / "story.json"
    plain = [(it.do, got) for it, got, _world in played(story, path)]

    looked, ends = [], {}
    for event, got, world in played(looked_at(story, moments), path):
        if event.do not in {"job", "ask"}:
            looked.append((event.do, got))
        _never_two(world)
        _never_shorter(world, ends, event)

    assert looked == plain


def _never_two(world):
    for track in world.tracks.values():
        periods = [(it.start, it.end) for it in track.standings]
        assert periods == sorted(periods)
        assert all(first[1] <= then[0] for first, then in pairwise(periods))
        stores = [each.claim.store for each in track.line]
        assert len(stores) == len(set(stores))


def _never_shorter(world, ends, event):
    """A protection that runs is cut only by what ends it, never by what its owner does."""
    for name, track in world.tracks.items():
        owner = track.running(event.at)
        if owner is None:
            continue
        before = ends.get((name, owner.id))
        if before is not None and event.do in {"activity", "sale", "ask", "job", "register"}:
            assert owner.protected_until >= before
        ends[name, owner.id] = owner.protected_until
