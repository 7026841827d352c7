"""A file is UTF-8 or GB18030, or it is refused with its first doubtful line."""

import pytest

from dealers.imports import encodings
from dealers.imports.problems import WrongUse

pytestmark = pytest.mark.usefixtures("english")

HEADER = "external_id,store_code,phone,name\n"


def content(*names):
    return HEADER + "".join(f"P{n},A1,13800000001,{name}\n" for n, name in enumerate(names))


@pytest.fixture
def detect(tmp_path):
    def write_and_detect(text, encoding="utf-8"):
        path = tmp_path / "people.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return encodings.detect(path)

    return write_and_detect


@pytest.mark.parametrize("names", [(), ("李娜",), ("José", "김민수", "さくら", "𠮷野🌸", "สมชาย")])
def test_utf_8_is_taken_with_whatever_stands_in_it(detect, names):
    assert detect(content(*names)) == "utf-8-sig"
    assert detect("\ufeff" + content(*names)) == "utf-8-sig"


@pytest.mark.parametrize(
    "names",
    [
        ("李娜", "王芳"),
        ("喆",),
        ("王喆",),
        ("堃昇", "李堃"),
        ("曹操",),
        ("郗鉴",),
        ("牛奔",),
        ("嫣婧", "翊晗"),
        ("𠮷野", "㛃"),
        ("买买提·艾合买提",),
        ("Lisa李娜", "🌸小美"),
        ("José", "李娜"),
        ("慕容婉儿", "诸葛亮", "尉迟恭", "查良镛", "仇和", "朴树", "盖叫天"),
        ("客户", "散客", "会员卡"),
    ],
)
def test_gb18030_is_taken_with_common_and_rare_names(detect, names):
    assert detect(content(*names), "gb18030") == "gb18030"


@pytest.mark.parametrize(
    ("names", "encoding", "likely"),
    [
        (("李娜", "王芳"), "big5", "Big5"),
        (("陳大文",), "big5", "Big5"),
        (("劉德華", "張學友"), "big5", "Big5"),
        (("許瑋甯",), "big5", "neither"),
        (("田中太郎",), "shift_jis", "Shift-JIS"),
        (("さくら",), "shift_jis", "Shift-JIS"),
        (("ｻｸﾗ",), "shift_jis", "neither"),
        (("田中太郎", "鈴木"), "euc_jp", "EUC-JP"),
        (("김민수",), "euc_kr", "EUC-KR"),
        (("최",), "euc_kr", "EUC-KR"),
        (("이영희", "박지성"), "euc_kr", "EUC-KR"),
        (("José",), "cp1252", "Windows-1252"),
        (("Renée",), "cp1252", "Windows-1252"),
        (("Müller", "Çelik"), "cp1252", "Windows-1252"),
        (("Иванов",), "cp1251", "Windows-1251"),
        (("Иванов",), "koi8_r", "KOI8-R"),
        (("สมชาย",), "tis_620", "neither"),
    ],
)
def test_another_encoding_is_refused_with_its_first_line(detect, names, encoding, likely):
    with pytest.raises(WrongUse, match=rf"(?i)line 2, “.+”.*{likely}|{likely}.*line 2, “.+”"):
        detect(content("Anna", *names).replace("P0,A1,13800000001,Anna\n", ""), encoding)


def test_the_doubtful_value_is_shown_as_it_was_meant(detect):
    with pytest.raises(WrongUse, match="Line 3, “陳美玲”, looks like Big5"):
        detect(content("Anna", "陳美玲"), "big5")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_refused_from_its_first_line_on(detect, encoding):
    with pytest.raises(WrongUse, match="UTF-16"):
        detect(content("李娜"), encoding)


WHOLE = content("李娜", "王芳").encode()


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (WHOLE + "李".encode()[:1], 4),
        (WHOLE + "李".encode()[:2], 4),
        (WHOLE.replace("王".encode(), "王".encode()[:2]), 3),
        (WHOLE.replace("芳".encode(), b"\xe9"), 3),
        (content("李").encode().replace("李".encode(), "李".encode()[:2]), 2),
        (content("李娜").encode().replace("娜".encode(), "娜".encode()[:1]), 2),
    ],
)
def test_a_single_broken_byte_is_refused_and_not_read_as_gb18030(detect, broken, line):
    with pytest.raises(WrongUse, match=f"line {line}, “"):
        detect(broken)


@pytest.mark.parametrize("cut", ["李", "王"])
def test_a_cut_byte_of_gb18030_is_refused(detect, cut):
    whole = content("李娜", "王芳").encode("gb18030")
    sign = cut.encode("gb18030")
    with pytest.raises(WrongUse, match=r"(?i)line"):
        detect(whole.replace(sign, sign[:1]))
    with pytest.raises(WrongUse, match=r"(?i)line 4"):
        detect(whole + sign[:1])


def test_one_line_of_another_encoding_among_many_is_found(detect):
    many = content(*["李娜"] * 500).encode("gb18030")
    with pytest.raises(WrongUse, match="Line 502, “陳美玲”"):
        detect(many + "P,A1,13800000001,陳美玲\n".encode("big5"))
