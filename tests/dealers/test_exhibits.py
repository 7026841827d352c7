"""What anybody shows is made anew: texts as they were typed, pictures upright and nothing else."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, ImageOps

from dealers import exhibits
from dealers.exhibits import ExhibitKind, ExhibitRefused


def picture(exif: bytes, kind: str = "JPEG") -> bytes:
    """A small picture, half black, half white, with what a camera says of it."""
    drawn = Image.new("RGB", (16, 8), "white")
    drawn.paste("black", (0, 0, 8, 8))
    made = BytesIO()
    drawn.save(made, kind, exif=exif)
    return made.getvalue()


def said(turned: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.ImageDescription] = "at home"
    return exif.tobytes()


def prepared(content: bytes) -> bytes:
    kind, made = exhibits.prepared(SimpleUploadedFile("x.jpg", content))
    assert kind == ExhibitKind.IMAGE
    return made


def test_a_picture_in_a_paper_ends_where_it_ends():
    """Phones put a second picture behind the first one, which says where it was taken, too."""
    for progressive in (False, True):
        made = BytesIO()
        drawn = Image.new("RGB", (64, 64), "red")
        drawn.save(made, "JPEG", progressive=progressive, exif=said(1))
        bare = exhibits._bare(made.getvalue() + picture(said(1)))
        assert b"at home" not in bare
        with Image.open(BytesIO(bare)) as shown, Image.open(made) as first:
            assert shown.tobytes() == first.tobytes()
    with pytest.raises(ValueError, match="no end"):
        exhibits._bare(made.getvalue().removesuffix(b"\xff\xd9"))


@pytest.mark.parametrize("text", ["one\r\ntwo", "one\ntwo", "a\tb", "第一行\r\n第二行"])
def test_lines_end_as_browsers_end_them(text):
    exhibits.check_text(text)


@pytest.mark.parametrize("text", ["a\0b", "a\x0bb", "a\x7fb", "\x1b[2J", " \r\n "])
def test_what_cannot_be_seen_is_refused(text):
    with pytest.raises(ExhibitRefused):
        exhibits.check_text(text)


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_picture_comes_out_upright_without_what_was_said_of_it(turned):
    content = picture(said(turned))

    with Image.open(BytesIO(prepared(content))) as made, Image.open(BytesIO(content)) as given:
        upright = ImageOps.exif_transpose(given)
        assert made.size == upright.size
        for corner in ((1, 1), (made.width - 2, made.height - 2)):
            assert abs(made.getpixel(corner)[0] - upright.getpixel(corner)[0]) < 30
        assert not made.getexif()


@pytest.mark.filterwarnings("ignore::UserWarning")  # by which Pillow tells of it
def test_whatever_a_camera_says_of_it_nothing_breaks():
    whole = said(6)
    for place in range(6, len(whole)):
        for value in (0x00, 0x07, 0xFF):
            odd = bytearray(whole)
            odd[place] = value
            assert prepared(picture(bytes(odd)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("length", range(2, 18))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_a_camera_says_may_break_off_anywhere(kind, length):
    assert prepared(picture(said(6)[: 6 + length], kind))
