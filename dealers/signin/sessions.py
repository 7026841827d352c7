"""Sessions at rest: a copy of the database shows nobody's way in, nor does somebody's page."""

import json
from typing import Any

from django.contrib.sessions.backends import db

from dealers import door
from dealers.keys import envelopes

PURPOSE = "sessions"


class SealedSerializer:
    """What a session remembers, sealed; the second factor somebody is setting up is among it."""

    def dumps(self, remembered: dict[str, Any]) -> bytes:
        return envelopes.seal(PURPOSE, json.dumps(remembered, separators=(",", ":"))).encode()

    def loads(self, stored: bytes) -> dict[str, Any]:
        text = stored.decode()
        # Django signs all of it, so what was stored before sessions were sealed is ours as well.
        return json.loads(envelopes.unseal(PURPOSE, text) if envelopes.is_sealed(text) else text)


class SessionStore(db.SessionStore):
    """Sessions in the database, which are read and changed at the door only."""

    def _get_session_from_db(self) -> Any:
        with door.opened():
            return super()._get_session_from_db()  # type: ignore[misc]  # of no stub

    def exists(self, session_key: str) -> bool:
        with door.opened():
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:
        with door.opened():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with door.opened():
            super().delete(session_key)
