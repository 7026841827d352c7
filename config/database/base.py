"""The backend itself; Django looks for it in a module of this name."""

from django.conf import settings
from django.db.backends.postgresql import base

from config import embedded


class DatabaseWrapper(base.DatabaseWrapper):
    """Makes sure that the embedded server runs before it connects to it."""

    def get_new_connection(self, conn_params):
        embedded.ensure_database(settings.PORTAL_DATA, self.settings_dict["HOST"])
        return super().get_new_connection(conn_params)
