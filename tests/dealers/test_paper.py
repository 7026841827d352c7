"""What is printed can be read: every character has a sign, and none turns the text around."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pypdf
import pytest

from dealers import paper


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("李娜 ¥12.00", "李娜 ¥12.00"),
        ("喆镕堃䶮", "喆镕堃䶮"),
        ("김민수", "김민수"),
        ("สมชาย", "สมชาย"),
        ("ئۇيغۇر محمد", "ئۇيغۇر محمد"),
        ("Ægir Nguyễn Ελένη Иванов €", "Ægir Nguyễn Ελένη Иванов €"),
        ("\u202e李\u2066娜\u2069\u200f\ufeff\u200b", "李娜"),
        ("a\x01b", "a\x01b"),
        ("葛\U000e0100", "葛"),
        ("\U0002ebe0野", "〔U+2EBE0〕野"),
        ("𠮷野🌸", "𠮷野🌸"),
    ],
)
def test_every_character_has_a_sign(text, printed):
    assert paper.printable(text) == printed


def test_what_the_first_font_has_needs_no_other_however_many_lines_it_has():
    assert paper.fonts_for("<p>对账单\n\t¥12.00\u3000–</p>\n") == "print-font"
    assert paper.fonts_for("<p>䶮</p>\n") == "print-fonts"


def test_names_of_all_scripts_are_set_in_fonts_of_the_portal():
    names = ["李娜", "䶮", "김민수", "สมชาย", "محمد", "Иванов", "𠮷野", "🌸"]
    html = "<html lang='zh'><title>x</title><body>" + "".join(f"<p>{name}</p>" for name in names)

    pdf, pages = paper.typeset(html, ["print"])

    reader = pypdf.PdfReader(io.BytesIO(pdf))
    fonts = {
        font.get_object()["/BaseFont"].partition("+")[2]
        for font in reader.pages[0]["/Resources"]["/Font"].values()
    }
    assert pages == 1
    assert fonts
    assert all("Portal" in name or "Noto" in name for name in fonts), fonts


def test_paper_fetches_neither_files_nor_addresses(tmp_path):
    """What one careless template lets through stays harmless."""
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_args):
            pass

    secret = tmp_path / "secret.txt"
    secret.write_text("the master key")
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        html = (
            f'<html lang="zh"><title>x</title><link rel="attachment" href="file://{secret}">'
            f'<link rel="stylesheet" href="{address}/style.css">'
            f'<body><img alt="" src="{address}/picture.png"><img alt="" src="file://{secret}">'
            f'<p style="background: url({address}/background.png)">李娜</p>'
        )
        pdf, _pages = paper.typeset(html, ["print"])
        server.shutdown()

    assert asked == []
    assert pypdf.PdfReader(io.BytesIO(pdf)).attachments == {}
