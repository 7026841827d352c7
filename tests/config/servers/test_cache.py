"""The cache when Valkey is gone, frozen or full: misses, counts in this process, nobody waits."""

import time

import pytest
from django.core.cache import caches
from redis.exceptions import ResponseError

from config.servers.cache import ValkeyCache
from dealers import breaker
from tests.config.frozen_valkey import FrozenValkey


@pytest.fixture
def clock(monkeypatch):
    """Moves the breaker's clock on."""
    ahead = [0.0]
    now = time.monotonic
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now() + ahead[0])
    return ahead


@pytest.fixture
def frozen(tmp_path):
    with FrozenValkey(tmp_path) as server:
        yield server


def uses(cache):
    """What the portal does with a cache."""
    cache.set("a", [1, 2])
    cache.set_many({"b": 1, "c": 2})
    return [
        cache.get("a"),
        cache.get("nothing", "none"),
        cache.get_many(["b", "c"]),
        cache.add("a", 1),
        cache.add("limit", 1, 60),
        cache.incr("limit"),
        cache.incr("limit"),
        "a" in cache,
        cache.delete("a"),
        cache.get_or_set("made", lambda: 7),
        cache.touch("b", 60),
    ]


AS_EVER = [[1, 2], "none", {"b": 1, "c": 2}, False, True, 2, 3, True, True, 7, True]


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/1", "unix:///nowhere/valkey.sock?db=1"])
def test_without_valkey_a_process_caches_for_itself(address):
    cache = ValkeyCache(address, {})
    assert uses(cache) == AS_EVER
    assert cache.degraded()
    cache.clear()
    assert cache.get("c") is None


def test_a_frozen_valkey_costs_one_wait(frozen):
    cache = ValkeyCache(frozen.address, {})
    started = time.monotonic()
    assert uses(cache) == AS_EVER
    assert time.monotonic() - started < 2.0
    assert frozen.asked() == 1


def test_another_cache_of_the_process_does_not_wait_for_it_either(frozen):
    ValkeyCache(frozen.address, {}).get("a")
    started = time.monotonic()
    ValkeyCache(frozen.address, {"OPTIONS": {"socket_timeout": 30}}).get("a")
    assert time.monotonic() - started < 10


def test_it_is_asked_again_after_a_while(clock, monkeypatch):
    cache = ValkeyCache(caches["default"]._servers[0], {"OPTIONS": {"socket_timeout": 10}})
    cache.breaker.failed(OSError("gone"))
    cache.set("a", "own")
    assert cache.get("a") == "own"
    clock[0] += 6
    assert cache.get("a") is None
    assert not cache.degraded()
    cache.clear()


def test_a_full_valkey_that_still_answers_questions_is_not_trusted(clock, monkeypatch):
    cache = ValkeyCache(caches["default"]._servers[0], {"OPTIONS": {"socket_timeout": 10}})

    def full(*_args, **_options):
        raise ResponseError("MISCONF Errors writing to the AOF file: No space left on device")

    monkeypatch.setattr(type(cache._cache), "set", full)
    cache.set("limit", 1)
    clock[0] += 6
    assert cache.get("limit") == 1
    assert "MISCONF" in cache.degraded()
    monkeypatch.undo()
    cache.breaker.worked()


def test_a_count_begun_in_valkey_goes_on_here():
    cache = ValkeyCache("redis://127.0.0.1:1/2", {})
    assert cache.incr("limit") == 1
    assert cache.incr("limit") == 2
