"""Compiles the translations, without gettext, when they have changed."""

import os
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.reloader import translation_file_changed


def compile_changed() -> int:
    """Write the .mo file of each .po file that is newer; the number of those written."""
    written = 0
    for folder in settings.LOCALE_PATHS:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            # Renamed into place, so that a process that starts meanwhile reads a whole file.
            draft = target.with_suffix(f".mo.{os.getpid()}")
            polib.pofile(str(source)).save_as_mofile(str(draft))
            draft.replace(target)
            translation_file_changed(None, target)  # this process may have read the old one
            written += 1
    return written


if __name__ == "__main__":
    compile_changed()
