"""How gunicorn serves the portal: synchronous workers, one request and transaction at a time."""

import os
import signal

from config.servers import keeper

wsgi_app = "config.wsgi"
bind = [f"{os.environ.get('PORTAL_LISTEN', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"]
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "sync"
timeout = 60
graceful_timeout = 20
# Workers are renewed now and then, not all at once, so that no leak grows for long.
max_requests = 5000
max_requests_jitter = 500
# Otherwise every installation of the same user would share one in the home folder.
control_socket_disable = True


def post_fork(_server: object, _worker: object) -> None:
    """Have a worker finish and end soon after its master was killed, not half a minute later."""
    keeper.die_with_parent(signal.SIGTERM)
