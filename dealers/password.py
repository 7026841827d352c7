"""The column of the password's hash, which nothing reads along with a person's name."""

from typing import Any

from django.db import connection, models
from django.db.models import DEFERRED
from django.db.models.query_utils import DeferredAttribute

from dealers import door


class _AtTheDoor(DeferredAttribute):
    """Reads the hash when it is asked for, as the door, which alone may."""

    def fetch_one(self, instance: Any) -> None:
        table, key = instance._meta.db_table, instance._meta.pk.column
        with door.opened(), connection.cursor() as cursor:
            cursor.execute(
                f'SELECT "{self.field.column}" FROM "{table}" WHERE "{key}" = %s',  # noqa: S608
                [instance.pk],
            )
            if found := cursor.fetchone():
                instance.__dict__[self.field.attname] = found[0]

    def fetch_many(self, instances: Any) -> None:
        for instance in instances:
            self.fetch_one(instance)


class PasswordField(models.CharField):
    """A hash that no SELECT of the rows asks for: who needs it reads the attribute."""

    descriptor_class = _AtTheDoor

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:  # noqa: ARG002
        return "NULL::varchar", ()

    def from_db_value(self, value: Any, *_where: Any) -> Any:
        return DEFERRED if value is None else value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
