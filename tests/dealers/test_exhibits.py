"""What anybody shows is made anew: texts as they were typed, pictures upright and nothing else."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, ImageOps
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

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


NAMED = "Who Wrote It"


def named(**keys: PdfObject) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in keys.items()})


def paper_of(picture: bytes, compressed: str) -> bytes:
    """A page with a picture, which says in each place that is not seen who wrote it."""
    writer, made, told = PdfWriter(), BytesIO(), TextStringObject(NAMED)
    page = writer.add_blank_page(200, 200)
    shown, metadata = EncodedStreamObject(), StreamObject()
    shown._data, metadata._data = picture, NAMED.encode()
    metadata[NameObject("/Type")] = NameObject("/Metadata")
    said = {"/Subtype": "/Image", "/ColorSpace": "/DeviceRGB", "/Filter": compressed}
    shown.update({NameObject(key): NameObject(value) for key, value in said.items()})
    size = {"/Width": 16, "/Height": 8, "/BitsPerComponent": 8}
    shown.update({NameObject(key): NumberObject(value) for key, value in size.items()})
    shown[NameObject("/Metadata")] = writer._add_object(metadata)
    layer = writer._add_object(named(Type=NameObject("/OCG"), Name=told))
    shown[NameObject("/OC")] = layer
    note, popup = named(T=told, Contents=told), named(T=told)
    note[NameObject("/Popup")] = writer._add_object(popup)
    popup[NameObject("/Parent")] = writer._add_object(note)
    article = writer._add_object(named(I=named(Author=told)))
    page[NameObject("/Annots")] = ArrayObject([note.indirect_reference])
    page[NameObject("/B")] = ArrayObject([writer._add_object(named(T=article))])
    page[NameObject("/VP")] = ArrayObject([named(Name=told)])
    page[NameObject("/Resources")] = named(
        XObject=named(P=writer._add_object(shown)), Properties=named(MC0=layer)
    )
    writer.add_metadata({"/Author": NAMED})
    writer.write(made)
    return made.getvalue()


def picture_2000() -> bytes:
    """A JPEG 2000 picture that has a box with a name."""
    made = BytesIO()
    Image.new("RGB", (16, 8), "red").save(made, "JPEG2000")
    content, place = made.getvalue(), made.getvalue().index(b"jp2c") - 4
    box = (8 + len(NAMED)).to_bytes(4) + b"xml " + NAMED.encode()
    return content[:place] + box + content[place:]


@pytest.mark.parametrize("compressed", ["/DCTDecode", "/JPXDecode"])
def test_of_a_paper_nothing_stays_that_is_not_seen(compressed):
    is_2000 = compressed == "/JPXDecode"
    content = paper_of(picture_2000() if is_2000 else picture(b""), compressed)
    assert NAMED.encode() in content

    kind, made = exhibits.prepared(SimpleUploadedFile("x.pdf", content))

    assert kind == ExhibitKind.PDF
    for encoding in ("utf-8", "utf-16-be"):
        assert NAMED.encode(encoding) not in made
    (shown,) = PdfReader(BytesIO(made)).pages[0].images
    assert shown.image.size == (16, 8)


def test_a_picture_in_a_paper_that_breaks_off_is_refused():
    broken = paper_of(picture_2000()[:32] + b"\0\0\0\7xml ", "/JPXDecode")
    with pytest.raises(ExhibitRefused):
        exhibits.prepared(SimpleUploadedFile("x.pdf", broken))
