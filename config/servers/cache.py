"""Django's Redis cache for which nobody waits: without Valkey, a small one of this process serves.

What is cached can be made again, and limits that are counted there hold per process until Valkey is
back. Sessions are not kept in it.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache.backends import locmem, redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.retry import Retry

from config.servers import embedded
from dealers.breaker import Breaker

PATIENCE = 0.2  # seconds for one answer
FIRST_PATIENCE = 10.0  # seconds for the embedded server when a process asks for the first time
REST = 5.0  # seconds until a server that failed is asked again
KEPT = 10_000  # entries of the process's own cache

FAILURES = (RedisError, OSError, embedded.EmbeddedServerFailed)


class ValkeyClient(redis.RedisCacheClient):
    """Makes sure that the embedded server runs before it is asked."""

    def get_client(self, key=None, *, write=False):
        for server in self._servers:
            embedded.ensure_valkey(
                settings.PORTAL_DATA, server, first=FIRST_PATIENCE, patience=PATIENCE
            )
        return super().get_client(key, write=write)


def _guarded(name: str) -> Callable[..., Any]:
    """The cache's method ``name``, of the process's own cache while Valkey fails."""
    shared, own = getattr(redis.RedisCache, name), getattr(locmem.LocMemCache, name)

    def call(self, *args, **kwargs):
        if self.breaker.may_ask():
            try:
                if self.breaker.problem:
                    self._cache.set("tried", 1, 60)  # a full one would still answer questions
                    self.breaker.worked()
                return shared(self, *args, **kwargs)
            except FAILURES as problem:
                self.breaker.failed(problem)
        return own(self.own, *args, **kwargs)

    return call


class ValkeyCache(redis.RedisCache):
    """The cache backend of the portal."""

    _breakers: dict[str, Breaker] = {}  # by address: Django makes a cache for each thread

    def __init__(self, server, params):
        options = {
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            # A connection that Valkey closed meanwhile is made anew; nobody waits a second time.
            "retry": Retry(NoBackoff(), 1, (ConnectionLost,)),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._class = ValkeyClient
        self.breaker = self._breakers.setdefault(str(server), Breaker("Valkey", REST))
        self.own = locmem.LocMemCache(str(server), {**params, "OPTIONS": {"MAX_ENTRIES": KEPT}})

    def degraded(self) -> str:
        """Why the cache is not shared at the moment; empty if it is."""
        self.get("degraded")
        return self.breaker.problem

    add = _guarded("add")
    get = _guarded("get")
    set = _guarded("set")
    touch = _guarded("touch")
    delete = _guarded("delete")
    get_many = _guarded("get_many")
    has_key = _guarded("has_key")
    set_many = _guarded("set_many")
    delete_many = _guarded("delete_many")
    _incr = _guarded("incr")

    def incr(self, key, delta=1, version=None):
        try:
            return self._incr(key, delta, version=version)
        except ValueError:
            if not self.breaker.problem:
                raise
            # Its count stayed in Valkey: it begins again here.
            self.set(key, delta, version=version)
            return delta

    def clear(self):
        self.own.clear()
        if self.breaker.may_ask():
            super().clear()
