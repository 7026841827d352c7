"""How gunicorn serves the portal: workers of several threads, each with a connection of its own.

Whoever sends slowly, or half a request, holds a thread and not the portal. Where all threads are
held, whoever sends something is told so in a second: see ``config.servers.threads``.
"""

import os
import signal
import socket
import struct
import tempfile
import time
from contextlib import suppress

from config import settings
from config.servers import keeper

UPLOADING = settings.PORTAL_DATA / "uploading"
LONGEST_UPLOAD = 3600  # seconds

wsgi_app = "config.wsgi"
bind = [f"{os.environ.get('PORTAL_LISTEN', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"]
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "config.servers.threads.Worker"
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
# Seconds in which a client has to send something, or its connection is closed.
client_timeout = int(os.environ.get("WEB_CLIENT_TIMEOUT", "10"))
# Seconds that a connection stays open for the next request, without a thread. Of a body that was
# refused the server reads 64 KiB at most, and then it ends with its connection.
keepalive = 5
limit_request_line = 4094
limit_request_field_size = 8190
graceful_timeout = 20
# Workers are renewed now and then, not all at once, so that no leak grows for long.
max_requests = 5000
max_requests_jitter = 500
# Otherwise every installation of the same user would share one in the home folder.
control_socket_disable = True


def when_ready(server) -> None:
    """Have the kernel give up clients that stall, and throw away what killed uploads left."""
    seconds = struct.pack("ll", client_timeout, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
    UPLOADING.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in UPLOADING.iterdir():
        # Another web server may share the folder, whose files come and go meanwhile.
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - LONGEST_UPLOAD:
                left.unlink()


def post_fork(_server: object, _worker: object) -> None:
    """Have a worker finish and end soon after its master was killed, not half a minute later."""
    keeper.die_with_parent(signal.SIGTERM)
    tempfile.tempdir = str(UPLOADING)
