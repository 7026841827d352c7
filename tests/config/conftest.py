"""The network of the admin's tests and the world of the crawl, for all files that ask of them."""

from tests.config.test_addresses import crawl_as, everybody, world  # noqa: F401 -- fixtures
from tests.config.test_admin import few  # noqa: F401 -- a fixture
