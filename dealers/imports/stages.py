"""How far the worker is with an upload, for its page."""

from django.core.cache import cache

from dealers.imports.progress import Progress
from dealers.models import Upload


class Told(Progress):
    """How far the work on an upload is, for its page."""

    def __init__(self, upload: Upload) -> None:
        super().__init__()
        self.terminal, self.every, self.key = False, 1.0, _key(upload)

    def _say(self, words: str) -> None:
        cache.set(self.key, words, 3600)


def stage_of(upload: Upload) -> str:
    """How far the worker is with it, in words; empty before it has begun."""
    return cache.get(_key(upload)) or ""


def _key(upload: Upload) -> str:
    return f"upload:{upload.pk}:{upload.state}"
