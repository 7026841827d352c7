"""The forms of a page as a browser reads them, filled with what a person may write."""

from html.parser import HTMLParser


class Forms(HTMLParser):
    """The forms of a page that post: where to, and the fields with a value that they would take."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.open = None
        self.choosing = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.open = None
            if (attrs.get("method") or "").lower() == "post":
                self.open = (attrs.get("action") or "", {}, {})
                self.found.append(self.open)
        elif not self.open:
            return
        elif tag in {"input", "select", "textarea", "button"} and attrs.get("name"):
            self._field(tag, attrs["name"], attrs)
        elif tag == "option" and self.choosing:
            value = attrs.get("value") or ""
            if "selected" in attrs or not self.open[1][self.choosing]:
                self.open[1][self.choosing] = value

    def _field(self, tag, name, attrs):
        _action, values, kinds = self.open
        kind = tag if tag != "input" else attrs.get("type") or "text"
        kinds.setdefault(name, kind)
        self.choosing = name if tag == "select" else None
        if kind in {"radio", "checkbox"}:
            if "checked" in attrs or name not in values:
                values[name] = attrs.get("value") or "on"
        else:
            values.setdefault(name, attrs.get("value") or fitting(kind, name))

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.choosing = None


def fitting(kind, name):
    """What a person may write into an empty field, as far as its kind and name say."""
    if "date" in kind or name.endswith(("_on", "_at", "_at_0")):
        return "2026-01-20"
    if "email" in kind or "email" in name:
        return "somebody@example.com"
    if kind == "time" or name.endswith("_at_1"):
        return "12:00:00"
    if kind == "number":
        return "1"
    if kind in {"text", "textarea"} and "INITIAL" not in name:
        return "13800138000" if "phone" in name else "a-1"
    return ""
