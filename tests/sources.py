"""The portal's own files, for the tests that read them: the domain, and the edges that call it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
APPS = ("dealers", "customers", "training", "incentives")
# How people, the worker and Django itself meet the domain: each begins at a moment of its own.
EDGES = {"admin", "forms", "management", "migrations", "views"}
EDGE_FILES = {
    "dealers/accounts.py",  # allauth's hooks
    "dealers/signin/backend.py",
    "dealers/signin/forms.py",
    "dealers/typed.py",  # of a request and its session
}


def files(*, edges: bool = False) -> Iterator[tuple[str, ast.Module]]:
    """Each file of the domain by its path, or each file at its edges, as it is parsed."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            at_edge = EDGES & set(path.parts) or path.name == "tasks.py" or name in EDGE_FILES
            if bool(at_edge) is edges:
                yield name, ast.parse(path.read_text(encoding="utf-8"))
