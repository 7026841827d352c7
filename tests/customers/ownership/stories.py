"""Stories for the test bench, as its tests write them."""

from datetime import UTC, datetime, timedelta

STORES = {
    "A1": {"dealer": "DA", "timezone": "Asia/Shanghai"},
    "A2": {"dealer": "DA", "timezone": "Asia/Shanghai"},
    "B1": {"dealer": "DB", "timezone": "Asia/Shanghai"},
    "C1": {"dealer": "DC", "timezone": "America/New_York"},
}
RULES = {"from": "2017-01-01", "protection_days": 90, "grace_days": 3, "activity_renews_days": 90}
START = datetime(2017, 3, 1, 2, tzinfo=UTC)  # Wednesday, 10:00 in Shanghai
END = datetime(2017, 6, 2, 16, tzinfo=UTC)  # of the grace
MICROSECOND = timedelta(microseconds=1)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def event(at, do, person="p", **said):
    return {"at": at.isoformat(), "do": do, "person": person, **said}


def registered(at=START, store="A1", **said):
    return event(at, "register", store=store, **said)


def asked(at, person="p"):
    return event(at, "ask", person)


def said(got, *keys):
    """Of an answer, what stands under these keys."""
    return tuple(got.get(key) for key in keys)
