"""What is no package is refused before it is kept, in a sentence with place and remedy."""

import io
import stat
import struct
import zipfile

import pytest

from tests.factories.packages import PAGE, manifest, packed, zipped
from training.scorm import archive, package
from training.scorm.archive import PackageRefused

pytestmark = pytest.mark.usefixtures("english")


def refused(content):
    with pytest.raises(PackageRefused) as caught:
        package.check(io.BytesIO(content))
    return str(caught.value)


def with_entry(info, content=b"x"):
    """A package with one more entry, as ``info`` describes it."""
    made = io.BytesIO(packed())
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr(info, content)
    return made.getvalue()


@pytest.mark.parametrize(
    "name",
    ["../evil.html", "a/../../evil.html", "/etc/passwd", "C:/evil.html", "a\\evil.html", "./a.html",
     "a//b.html", "a\nb.html", "n" * 241],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(name):
    said = refused(with_entry(zipfile.ZipInfo(name)))
    assert "is no name of a file inside the package" in said


def test_a_name_with_a_nul_is_refused():
    content = with_entry(zipfile.ZipInfo("evil.htmlZ.png"))
    said = refused(content.replace(b"evil.htmlZ.png", b"evil.html\0.png"))
    assert "is no name of a file inside the package" in said


def test_a_link_is_refused():
    link = zipfile.ZipInfo("link.html")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert "“link.html” is a link" in refused(with_entry(link, b"/etc/passwd"))


def test_names_that_differ_in_capitals_alone_are_refused():
    said = refused(packed(files={"Index.HTML": PAGE}))
    assert "“Index.HTML” and “index.html” differ in capitals alone" in said


def test_a_name_that_stands_there_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = with_entry(zipfile.ZipInfo("index.html"))
    assert "stand there twice" in refused(content)


def test_a_file_made_to_fill_a_disk_is_refused():
    said = refused(packed(files={"bomb.js": bytes(30 * 1024 * 1024)}))
    assert "“bomb.js” would unpack to more than 200 times its size" in said


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    said = refused(packed(files={f"{n}.html": "" for n in range(5)}))
    assert said == "The package has more than 5 files: split the course into packages."


def test_too_much_together_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 3000)
    said = refused(packed(files={"a.html": "x" * 3000}))
    assert "Unpacked the package is larger than" in said


def test_too_large_a_file_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_FILE", 3000)
    assert "“a.html” is larger than" in refused(packed(files={"a.html": "x" * 3001}))


@pytest.mark.parametrize("name", ["setup.exe", "lib/shell.PHP", "run.bat", "applet.jar"])
def test_a_program_is_refused(name):
    assert f"“{name}” is a program" in refused(packed(files={name: "MZ"}))


def test_a_locked_file_is_refused():
    content = bytearray(packed())
    start = content.rindex(b"PK\x01\x02")  # the last entry of the directory: index.html
    flags = struct.unpack_from("<H", content, start + 8)[0]
    struct.pack_into("<H", content, start + 8, flags | 1)
    assert "locked by a password" in refused(bytes(content))


def test_an_unusual_packing_is_refused():
    made = io.BytesIO(packed())
    with zipfile.ZipFile(made, "a", zipfile.ZIP_LZMA) as whole:
        whole.writestr("a.js", "x" * 500)
    assert "“a.js” is packed in an unusual way" in refused(made.getvalue())


def test_a_damaged_file_is_refused():
    content = bytearray(packed(files={"a.js": b"0123456789" * 3}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as whole:
        place = whole.getinfo("a.js").header_offset
    content[place + 34 + 3] ^= 0xFF
    assert "“a.js” in the archive is damaged" in refused(bytes(content))


def test_entries_that_share_their_bytes_are_refused():
    """A bomb of overlapping files: Python's own reader tells them."""
    content = bytearray(packed(files={"a.js": b"0123456789" * 300, "b.js": b"0123456789" * 300}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as whole:
        first = whole.getinfo("a.js").header_offset
    directory = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, directory + 42, first)
    assert "in the archive is damaged" in refused(bytes(content))


def test_an_entry_beyond_every_file_is_refused():
    content = packed()
    last, end = content.rindex(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    entry, tail = bytearray(content[last:end]), bytearray(content[end:])
    place = struct.pack("<HHQ", 1, 8, 2**63)  # where index.html begins, in the words of ZIP64
    struct.pack_into("<H", entry, 30, len(place))
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    struct.pack_into("<I", tail, 12, struct.unpack_from("<I", tail, 12)[0] + len(place))

    said = refused(content[:last] + entry + place + tail)

    assert "“index.html” in the archive is damaged" in said


@pytest.mark.parametrize("content", [b"", b"no archive", packed()[:-30], packed()[30:]])
def test_what_is_no_archive_is_refused(content):
    said = refused(content)
    assert "cannot be read as a ZIP archive" in said or "is damaged" in said


def test_without_a_manifest_it_is_no_package():
    said = refused(zipped({"index.html": PAGE}))
    assert said.startswith("There is no imsmanifest.xml in the archive")


def test_a_folder_around_everything_does_no_harm():
    files = {"course/imsmanifest.xml": manifest("1.2"), "course/index.html": PAGE,
             "__MACOSX/course/._index.html": b"", "course/.DS_Store": b""}  # fmt: skip
    assert package.check(io.BytesIO(zipped(files)))[0].launch == "index.html"


def test_files_beside_the_folder_of_the_manifest_are_refused():
    said = refused(zipped({"a/imsmanifest.xml": manifest("1.2"), "b/index.html": PAGE}))
    assert "imsmanifest.xml is in the folder “a”" in said


def test_names_in_chinese_windows_encoding_are_found():
    made = io.BytesIO(packed(files={"XXXXXXXX.html": PAGE}, href="图片页面.html"))
    content = made.getvalue().replace(b"XXXXXXXX.html", "图片页面".encode("gbk") + b".html")

    [known] = package.check(io.BytesIO(content))

    assert known.launch == "图片页面.html"


def test_files_are_found_whatever_their_capitals():
    with archive.opened(io.BytesIO(packed(files={"Pictures/Logo.PNG": b"png"}))) as found:
        assert found.read("pictures/logo.png") == b"png"
        assert found.read("Pictures/Logo.PNG", range(1, 3)) == b"ng"
        assert found.size("pictures/none.png") is None
        with pytest.raises(KeyError):
            found.read("../imsmanifest.xml")
