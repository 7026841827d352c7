"""What belongs to a course version can be written while it is a draft."""

from training.models import Question


class DraftOnlyInline:
    """Parts of a version can be written while it is a draft."""

    def _may(self, parent):
        return parent is None or not _version_of(parent).is_published

    def has_add_permission(self, request, obj=None):
        return self._may(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._may(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(obj) and super().has_delete_permission(request, obj)


def _version_of(parent):
    return parent.version if isinstance(parent, Question) else parent
