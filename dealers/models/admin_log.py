"""What headquarters did in the admin, which Django keeps."""

from typing import ClassVar

from django.contrib.admin.models import LogEntry

from dealers.triggers import append_only, no_truncate


class AdminLog(LogEntry):
    """The rows of Django's own log. Only ever added."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            append_only("admin_log_only_added"),
            no_truncate("admin_log_never_emptied"),
        ]
