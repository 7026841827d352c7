"""Shows or stops the embedded servers: ``make status``, ``make stop``."""

import sys

from django.conf import settings

from config.servers import embedded, keeper


def main(arguments: list[str]) -> None:
    """Print the state of each server, after stopping it if the argument is ``stop``."""
    for kind in keeper.SERVERS.values():
        server = kind(settings.PORTAL_DATA)
        if arguments == ["stop"]:
            embedded.stop(server)
        print(f"{server.name}: {embedded.status(server)}")


if __name__ == "__main__":
    main(sys.argv[1:])
