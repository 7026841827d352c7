"""The ZIP archive of a package: looked through before it is kept, and read in place afterwards.

Nothing of it is ever unpacked onto the disk, so no name in it leads anywhere but into it.
"""

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024
LARGEST = 300 * MEGABYTE  # bytes, unpacked
LARGEST_FILE = 60 * MEGABYTE  # what one answer can hold
MOST_FILES = 3000
RATIO = 200  # how many bytes one byte of the archive may become; texts rarely make 30
SMALL = MEGABYTE  # below it a file may be packed as tightly as it likes: it is empty or repeats
LONGEST_NAME = 240  # characters
MANIFEST = "imsmanifest.xml"
# What runs on a computer or a server by itself. A package is pages, and runs in a browser.
PROGRAMS = {
    *(".exe", ".dll", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".wsf", ".lnk"),
    *(".sh", ".dmg", ".pkg", ".deb", ".rpm", ".apk", ".jar", ".so"),
    *(".php", ".phtml", ".phar", ".asp", ".aspx", ".ashx", ".jsp", ".jspx", ".cgi", ".pl", ".py"),
    *(".rb", ".hta"),
}
# What reading an archive raises that is damaged, locked or packed in an unknown way.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError),
    *(RuntimeError, EOFError, OSError, ValueError, OverflowError),
)
_ENCRYPTED, _UTF8 = 0x1, 0x800  # bits of an entry's flags


class PackageRefused(Exception):
    """The message is written for the author: what is wrong, where, and what helps."""


class Archive:
    """The files of a package by their names, as its pages write them.

    Raises PackageRefused for what a package does not hold.
    """

    def __init__(self, zipped: zipfile.ZipFile) -> None:
        self._zip = zipped
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._alike: dict[str, str] = {}  # the names without their capitals
        for entry in zipped.infolist():
            name = _name(entry)
            if entry.is_dir() or _is_dust(name):
                continue
            self._keep(name, entry)
        self.root = self._find_root()

    def _keep(self, name: str, entry: zipfile.ZipInfo) -> None:
        other = self._alike.setdefault(_plain(name), name)
        if other != name or name in self._entries:
            raise PackageRefused(
                _(
                    "“%(name)s” and “%(other)s” differ in capitals alone, or stand there twice:"
                    " rename one of them and its links."
                )
                % {"name": name, "other": other}
            )
        if len(self._entries) == MOST_FILES:
            raise PackageRefused(
                _("The package has more than %(most)d files: split the course into packages.")
                % {"most": MOST_FILES}
            )
        self._entries[name] = entry

    def _find_root(self) -> str:
        """The folder of the manifest: packed with or without the folder around it."""
        found = [name for name in self._entries if _plain(PurePosixPath(name).name) == MANIFEST]
        shallowest = min(found, key=lambda name: name.count("/"), default=None)
        if shallowest is None:
            raise PackageRefused(
                _(
                    "There is no imsmanifest.xml in the archive, so it is no SCORM package: publish"
                    " it again as SCORM 1.2 or SCORM 2004, and bring that ZIP file as it is."
                )
            )
        root = shallowest[: -len(MANIFEST)]
        if any(not name.startswith(root) for name in self._entries):
            raise PackageRefused(
                _(
                    "imsmanifest.xml is in the folder “%(folder)s”, and other files are beside that"
                    " folder: pack the files of one package, imsmanifest.xml at the top."
                )
                % {"folder": root.rstrip("/")}
            )
        return root

    def _entry(self, name: str) -> zipfile.ZipInfo | None:
        # Authors' computers take capitals for small letters, and so do many players.
        exact = self.root + name
        return self._entries.get(self._alike.get(_plain(exact), exact))

    def size(self, name: str) -> int | None:
        """The bytes of a file; None where there is none of that name."""
        entry = self._entry(name)
        return None if entry is None else entry.file_size

    def read(self, name: str, wanted: range | None = None) -> bytes:
        """The bytes of a file, or those ``wanted``. Raises KeyError where there is none.

        Never more than the archive says that there are, whatever was packed into it.
        """
        entry = self._entry(name)
        if entry is None:
            raise KeyError(name)
        try:
            with self._zip.open(entry) as packed:
                packed.seek(0 if wanted is None else wanted.start)
                return packed.read(-1 if wanted is None else len(wanted))
        except BROKEN as error:
            raise _damaged(name) from error

    def look_through(self) -> None:
        """Read everything once. Raises PackageRefused for what is too large or damaged."""
        total = 0
        for name, entry in self._entries.items():
            _refuse_entry(name, entry)
            total += entry.file_size
        if total > LARGEST:
            raise PackageRefused(
                _(
                    "Unpacked the package is larger than %(size)d MB: make its videos smaller, or"
                    " split the course into packages."
                )
                % {"size": LARGEST // MEGABYTE}
            )
        for name, entry in self._entries.items():
            try:
                with self._zip.open(entry) as packed:
                    while packed.read(MEGABYTE):
                        pass
            except BROKEN as error:
                raise _damaged(name) from error


def _damaged(name: str) -> PackageRefused:
    return PackageRefused(
        _("“%(name)s” in the archive is damaged: export the package anew.") % {"name": name}
    )


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Archive]:
    """A package whose files are read while the block runs. Raises PackageRefused."""
    try:
        zipped = zipfile.ZipFile(file)
    except BROKEN as error:
        raise PackageRefused(
            _("The file cannot be read as a ZIP archive: export the package anew.")
        ) from error
    with zipped:
        yield Archive(zipped)


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. Raises PackageRefused for one that leads out of the archive."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8 and not name.isascii():
        # What packs by Chinese Windows writes names in its own encoding, and does not say so.
        told = name.encode("cp437")
        try:
            name = told.decode("utf-8")
        except UnicodeDecodeError:
            name = told.decode("gb18030", "replace")
    parts = name.removesuffix("/").split("/")
    if (
        any(part in {"", ".", ".."} for part in parts)
        or re.match("[A-Za-z]:", name)
        or "\\" in name
        or any(unicodedata.category(each) in {"Cc", "Cs"} for each in name)
        or len(name) > LONGEST_NAME
    ):
        raise PackageRefused(
            _(
                "“%(name)s” is no name of a file inside the package: pack it again, with names"
                " that have neither “..” nor “\\” and do not begin with “/”."
            )
            % {"name": ascii(name[:80])[1:-1] if not name.isprintable() else name[:80]}
        )
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise PackageRefused(
            _("“%(name)s” is a link, not a file: put the file itself in its place.")
            % {"name": name}
        )
    return name


def _refuse_entry(name: str, entry: zipfile.ZipInfo) -> None:
    if PurePosixPath(name).suffix.lower() in PROGRAMS:
        raise PackageRefused(
            _("“%(name)s” is a program, and a package is shown by a browser: leave it out.")
            % {"name": name}
        )
    if entry.flag_bits & _ENCRYPTED:
        raise PackageRefused(
            _("“%(name)s” is locked by a password: pack it again without one.") % {"name": name}
        )
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise PackageRefused(
            _("“%(name)s” is packed in an unusual way: pack it again as an ordinary ZIP file.")
            % {"name": name}
        )
    if entry.file_size > LARGEST_FILE:
        raise PackageRefused(
            _("“%(name)s” is larger than %(size)d MB: make it smaller.")
            % {"name": name, "size": LARGEST_FILE // MEGABYTE}
        )
    if entry.file_size > max(SMALL, entry.compress_size * RATIO):
        raise PackageRefused(
            _(
                "“%(name)s” would unpack to more than %(ratio)d times its size, as files do that"
                " are made to fill a disk: export the package anew."
            )
            % {"name": name, "ratio": RATIO}
        )


def _is_dust(name: str) -> bool:
    """Whether computers leave it behind in folders."""
    parts = name.split("/")
    return parts[0] == "__MACOSX" or parts[-1] in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _plain(name: str) -> str:
    """The name without what makes two spellings of one: capitals, and how accents are written."""
    return unicodedata.normalize("NFC", name).casefold()
