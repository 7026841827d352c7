"""Sessions at rest: a copy of the database shows nobody's way in."""

import json
from typing import Any

from dealers import envelopes

PURPOSE = "sessions"


class SealedSerializer:
    """What a session remembers, sealed; the second factor somebody is setting up is among it."""

    def dumps(self, remembered: dict[str, Any]) -> bytes:
        return envelopes.seal(PURPOSE, json.dumps(remembered, separators=(",", ":"))).encode()

    def loads(self, stored: bytes) -> dict[str, Any]:
        text = stored.decode()
        # Django signs all of it, so what was stored before sessions were sealed is ours as well.
        return json.loads(envelopes.unseal(PURPOSE, text) if envelopes.is_sealed(text) else text)
