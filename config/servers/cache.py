"""Django's Redis cache, with the embedded Valkey started if no server was named."""

from django.conf import settings
from django.core.cache.backends import redis

from config.servers import embedded


class ValkeyClient(redis.RedisCacheClient):
    """Makes sure that the embedded server runs before it is asked."""

    def get_client(self, key=None, *, write=False):
        for server in self._servers:
            embedded.ensure_valkey(settings.PORTAL_DATA, server)
        return super().get_client(key, write=write)


class ValkeyCache(redis.RedisCache):
    """The cache backend of the portal."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = ValkeyClient
