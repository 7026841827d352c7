"""Constraints that Django does not have."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.ddl_references import Statement
from django.db.models import BaseConstraint, Model


class TogetherForeignKey(BaseConstraint):
    """Several columns that together name one row, such as a store with its own dealer.

    ``to_fields`` of the model ``to`` are unique together there. Where one of ``fields`` is empty,
    nothing is named. Where none can be, it stands for the foreign keys of each of them as well.
    """

    def __init__(
        self,
        *,
        name: str,
        fields: Sequence[str],
        to: str,
        to_fields: Sequence[str],
        violation_error_message: Any = None,
    ) -> None:
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.fields, self.to, self.to_fields = tuple(fields), to, tuple(to_fields)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        # A migration's own models know each other; the apps of today may be further on.
        target = model._meta.apps.get_model(self.to)
        quote = schema_editor.quote_name
        return Statement(
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(columns)s)"
            " REFERENCES %(to)s (%(to_columns)s) DEFERRABLE INITIALLY DEFERRED",
            table=quote(model._meta.db_table),
            name=quote(self.name),
            columns=", ".join(quote(column) for column in _columns(model, self.fields)),
            to=quote(target._meta.db_table),
            to_columns=", ".join(quote(column) for column in _columns(target, self.to_fields)),
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        """Nothing inside CREATE TABLE: the other table may come later."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=schema_editor.quote_name(model._meta.db_table),
            name=schema_editor.quote_name(self.name),
        )

    def validate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Any = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Raise ValidationError where the columns of a form name no row together."""
        if exclude and set(self.fields) & set(exclude):
            return
        values = [getattr(instance, _field(model, name).attname) for name in self.fields]
        if None in values:
            return
        target = apps.get_model(self.to)
        wanted = {
            _field(target, name).attname: value
            for name, value in zip(self.to_fields, values, strict=True)
        }
        rows = target._base_manager.using(using)  # noqa: SLF001 -- all there are
        if not rows.filter(**wanted).exists():
            raise ValidationError(self.get_violation_error_message())

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"fields": self.fields, "to": self.to, "to_fields": self.to_fields}
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TogetherForeignKey):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.fields, self.to, self.to_fields))


def _field(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)


def _columns(model: type[Model], fields: Sequence[str]) -> list[str]:
    return [_field(model, name).column for name in fields]
