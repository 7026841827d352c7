"""For migrations that stand for many others: what makes the tables of an empty database fast.

After each operation of a migration Django makes the classes of all models anew that hang together.
With a hundred models, each tied to the people, that takes several times as long as their tables.
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AtOnce(Operation):
    """Operations that know the models as they are before and after all of them, not in between.

    They run in their order, but none may build on what another of them changes: a model is made
    with all that it has, a field is added or altered once. What somebody looks at in between, as
    RunPython does, stays outside.
    """

    reduces_to_sql = True
    reversible = True
    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change what is known of the models, and make classes of them when all is known."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Change the tables."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Take all of it back, the last first."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """How Django names it where it shows the statements of a migration."""
        return f"{len(self.operations)} operations at once"
