"""How a request is taken in: its texts are UTF-8, whatever it says."""

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """A request whose encoding may be none of text, which ``refuse_unreadable`` answers."""

    def _set_content_type_params(self, meta):
        try:
            super()._set_content_type_params(meta)
        except LookupError:  # Django asks Python for it, and Python also encodes as "hex"
            self._encoding = None


class Handler(WSGIHandler):
    request_class = Request
