"""The backend itself; Django looks for it in a module of this name."""

from django.conf import settings
from django.db.backends.postgresql import base, features
from django.db.backends.utils import CursorWrapper

from config.servers import embedded


class DatabaseFeatures(features.DatabaseFeatures):
    """What every PostgreSQL has that the portal runs on, from 15: known without connecting."""

    supports_virtual_generated_columns = False


class DatabaseWrapper(base.DatabaseWrapper):
    """Makes sure that the embedded server runs before it connects to it."""

    features_class = DatabaseFeatures

    def get_connection_params(self):
        """Django's own, and no trigger ignored: where nothing is said, every trigger fails to read
        it, and the end of that failed look-up goes through all checks that wait for the commit.
        """
        params = super().get_connection_params()
        params["options"] = f"{params.get('options', '')} -c pgtrigger.ignore={{}}".strip()
        return params

    def get_new_connection(self, conn_params):
        embedded.ensure_database(settings.PORTAL_DATA, self.settings_dict["HOST"])
        return super().get_new_connection(conn_params)

    def prepared(self) -> CursorWrapper:
        """A cursor for hot statements, which the server parses and plans once per connection."""
        self.ensure_connection()
        # Only cursors that bind on the server prepare, and Django's own do not.
        self.connection.prepare_threshold = 1
        cursor = base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]  # the stubs are wrong
        return self._prepare_cursor(cursor)  # type: ignore[attr-defined]  # and lack it
