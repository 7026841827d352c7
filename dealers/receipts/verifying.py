"""The verifier as a page of its own: one file without server, which sends nothing anywhere.

It is ``verify_receipt`` in a browser. Its scripts do the same, and have words, patterns and limits
from there. What is in the page is named by its hash in a policy that stands in the page itself, so
that a copy on a disk is as tight as the page that the portal serves: nothing else runs, and
nothing is fetched or sent.
"""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.csp import CSP

from dealers.receipts import verify_receipt

NAME = "verify.html"
_SCRIPTS = ("reading", "signed", "tables", "checks", "page")
_PATTERNS = {
    "receipt": verify_receipt.RECEIPT,
    "root": verify_receipt.ROOT,
    "path": verify_receipt.PATH,
    "key": verify_receipt.KEY,
    "restart": verify_receipt.RESTART,
    "terms": verify_receipt.TERMS,
    "agreement": verify_receipt.AGREEMENT,
    "any": verify_receipt.ANY,
    "tool": verify_receipt.TOOL,
    "rules": verify_receipt.RULES,
    "answer": verify_receipt.ANSWER,
    "paper": verify_receipt.PAPER,
    "time": verify_receipt.TIME,
    "digits": verify_receipt.DIGITS,
    "kind": verify_receipt.KIND,
    "wrapped": verify_receipt.WRAPPED,
    "stampedAt": verify_receipt.STAMPED_AT,
    "made": verify_receipt.MADE,
    "bare": verify_receipt.BARE,
    "instant": verify_receipt.INSTANT,
    "amount": verify_receipt.AMOUNT,
    "rounded": verify_receipt.ROUNDED,
    "guarded": verify_receipt.GUARDED,
}
_MARKS = {
    "stamp": verify_receipt.STAMP,
    "sha256": verify_receipt.SHA256,
    "local": verify_receipt.LOCAL,
    "largest": verify_receipt.LARGEST_STAMP,
    "bom": verify_receipt.BOM.hex(),
    "pdf": verify_receipt.PDF.hex(),
    "lines": verify_receipt.LINES.hex(),
}


def page() -> str:
    """The page in the reader's language."""
    context = {
        "script": _script(),
        "style": _style(),
        "policy": "; ".join(f"{name} {' '.join(said)}" for name, said in _said().items()),
        "roots": settings.PORTAL_ADDRESS + reverse("dealers:roots"),
        "program": settings.PORTAL_ADDRESS + reverse("dealers:verifier"),
        "name": NAME,
    }
    return render_to_string("dealers/proof/verify.html", context)


def policy() -> dict[str, list[str]]:
    """The policy of the page as it is served."""
    return {**_said(), "frame-ancestors": [CSP.NONE]}  # which no page says of itself


def _said() -> dict[str, list[str]]:
    return {
        "default-src": [CSP.NONE],
        "script-src": [_hash(_script())],
        "style-src": [_hash(_style())],
        "img-src": ["data:"],
        "base-uri": [CSP.NONE],
        "form-action": [CSP.NONE],
    }


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _script() -> str:
    rules = {
        "BASE": verify_receipt.BASE,
        "CENTS": verify_receipt.CENTS,
        "COLUMNS": verify_receipt.COLUMNS,
        "COUNTED_BY": verify_receipt.COUNTED_BY,
        "HALF_A_CENT": verify_receipt.HALF_A_CENT,
        "HASHED": verify_receipt.HASHED,
        "LATER": verify_receipt.LATER,
        "NEVER": verify_receipt.NEVER,
        "SCORED": verify_receipt.SCORED,
        "SCORE_COLUMNS": verify_receipt.SCORE_COLUMNS,
        "TABLES": verify_receipt.TABLES,
        "MARKS": _MARKS,
        "MOST": verify_receipt.MOST,
        "PATTERNS": {name: pattern.pattern for name, pattern in _PATTERNS.items()},
        "VERDICTS": [verify_receipt.VERDICTS[each] for each in sorted(verify_receipt.VERDICTS)],
        "WORDS": verify_receipt.WORDS,
        "YOUNG": verify_receipt.YOUNG,
    }
    # No end of a script, nor a comment, in what is text.
    told = json.dumps(rules, ensure_ascii=False).replace("<", "\\u003c")
    scripts = (_static(f"js/verify/{name}.js") for name in _SCRIPTS)
    return "\n".join(['"use strict";', f"const RULES = {told};", *scripts])


@cache
def _style() -> str:
    return _static("css/portal.css")


def _static(name: str) -> str:
    found = finders.find(name)
    if found is None:
        raise FileNotFoundError(name)
    return Path(found).read_text()
