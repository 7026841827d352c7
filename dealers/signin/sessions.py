"""Sessions at rest: a copy of the database shows nobody's way in, nor does somebody's page."""

import json
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
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

    def cycle_key(self) -> None:
        """Another key, under which a person stays on the list of where they are signed in.

        Django changes it on the first page after the secret key was changed. What is not on that
        list goes on when ``credentials.end_sessions`` signs the person out everywhere.
        """
        before = self.session_key
        listed: UserSession | None = None
        with door.opened():
            if SESSION_KEY in self:
                listed = UserSession.objects.filter(session_key=before).first()
            super().cycle_key()
            there, after = UserSession.objects.filter(session_key=before), str(self.session_key)
            if listed is None or there.update(session_key=after):
                return
            # Another page did the same at this moment and took the entry: both sessions go on.
            listed.pk, listed.session_key = None, after
            listed.save(force_insert=True)

    def save(self, must_create: bool = False) -> None:
        with door.opened():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with door.opened():
            super().delete(session_key)
