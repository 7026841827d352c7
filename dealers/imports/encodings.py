"""Which encoding a file is in: UTF-8 or GB18030, and nothing is read as what it is not.

GB18030 takes nearly any pair of bytes for a character, so that text in another encoding would be
garbled in silence. Therefore its reading is compared with what the usual other encodings would make
of the same bytes, by how common their characters are.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from django.utils.translation import gettext as _

from dealers.imports.problems import WrongUse

UTF_8, GB18030 = "utf-8-sig", "gb18030"
CHUNK = 1 << 20  # bytes
LONGEST_LINE = 1_000_000  # bytes: a table has no longer one, and a line is read whole
SAMPLE = 20_000  # lines that are not plain ASCII, from which a file's encoding is judged
# What a reading is worth, from 0 to 1: where hardly any character is common, it is no text.
NO_TEXT, FAIR, ENOUGH = 0.15, 0.4, 0.6
SHOWN = 40  # characters of a doubtful value

# Surnames, given names and words of shops, most common first: half of what such files hold.
HAN = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程"
    "魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾"
    "龚邵万覃武钱戴严莫孔向常汤康易乔赖文樊施洪安季殷章鲁倪庞邢俞翟蓝聂齐葛柴伍柯申欧阳耿关兰"
    "焦左甘祝包裴符舒阮纪梅童毕单曲涂伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国"
    "志红梅春花海燕小晓东文斌婷雪慧宇浩佳欣子轩梓涵一诺依思雨晨嘉怡俊博昊然雅琪琳倩颖莹洁萍丹"
    "凤鹏飞波辉亮凯健峰永生成德忠义仁信义天大中山水木心月云星新美好光荣贵福祥瑞宝珍珠莲香莉芬"
    "芝素清淑惠爱玲琴瑶璐薇蕾菲媛梦诗书学艺民庆立正宏振兴利发达富进友良门店公司有限市区县镇路"
    "街号商城广场百货超市电器家居服装鞋帽总分部北京上海广州深圳天津重庆成都杭州南京武汉西安苏"
    "州省河湖北南东西中国际贸易经销商大区华专卖旗舰体验中心线上下到网微信扫码推荐朋友来客顾女"
    "士先生的是在不了人有这个上们到说时要就出会可也你对能而子那得着过年家"
)
HANGUL = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지준현"
    "수영은미경희선혜제갈공명무효봉길학찬건균환익필섭범율겸솔슬별람다라마바사하가연윤호재훈상"
    "우동석철진아예원빈승태규기인순옥자숙정복덕만종용국광창대나라점매장서울부산구"
)
KANJI = frozenset(
    "田中山本藤佐鈴木高橋伊渡辺小村加吉斎井上松野川原島崎石清水池林森大内谷部美子郎一太介香恵"
)


def detect(path: Path) -> str:
    """The encoding to read a file with. Raises WrongUse, naming the first doubtful line and value.

    The file is never kept in memory.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start:
        raise WrongUse(
            _("%(file)s is UTF-16 from its first line on. Save it as “CSV UTF-8”.")
            % {"file": path.name}
        )
    _refuse_endless_lines(path)
    if _readable(path):
        return UTF_8
    not_utf_8 = next(_lines_not_in(path, "utf-8"))
    readings = _Readings()
    strange: tuple[int, bytes] | None = None
    for number, line in _lines_not_in(path, "ascii"):
        if readings.lines < SAMPLE:
            readings.add(line)
        if strange is None and _strange(line):
            strange = number, line
    gb18030, others = readings.worth(GB18030), readings.best_other()
    likely = gb18030 > others[0] or (gb18030 >= FAIR and others[0] < ENOUGH)
    if strange is None and likely and (gb18030 > NO_TEXT or readings.lines == 1):
        return GB18030
    if strange is None or not likely:
        strange = not_utf_8
    else:
        others = _Readings.of(strange[1]).best_other()
    raise _refusal(path, *strange, others[1] if others[0] >= ENOUGH else "")


def _refuse_endless_lines(path: Path) -> None:
    """Raises WrongUse for a file that is no table: its first line that does not end is named."""
    line, since = 1, 0  # bytes of this line so far
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            ends = [place for sign in b"\n\r" if (place := chunk.find(sign)) >= 0]
            since += min(ends, default=len(chunk))
            if since > LONGEST_LINE:
                raise WrongUse(
                    _(
                        "Line %(line)d of %(file)s is longer than %(most)d characters, so this is"
                        " no table. Save it as “CSV UTF-8”."
                    )
                    % {"line": line, "file": path.name, "most": LONGEST_LINE}
                )
            if ends:
                line += chunk.count(b"\n")
                since = len(chunk) - 1 - max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))


def _readable(path: Path) -> bool:
    """Whether the whole file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _lines_not_in(path: Path, encoding: str) -> Iterator[tuple[int, bytes]]:
    """The lines that do not decode, with their numbers."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                yield number, line


def _strange(line: bytes) -> bool:
    """Whether a line does not decode as GB18030, or to what no text holds, or to hardly anything.

    Characters for private use and unassigned ones come of other encodings; a line without a single
    common character does too, if another encoding finds them in it.
    """
    try:
        text = line.decode(GB18030)
    except UnicodeDecodeError:
        return True
    if any(unicodedata.category(sign) in ("Co", "Cn") for sign in set(text) - HAN):
        return True
    if not HAN.isdisjoint(text):
        return False
    reading = _Readings.of(line)
    return reading.worth(GB18030) <= NO_TEXT and reading.best_other()[0] >= ENOUGH


class _Readings:
    """What lines are worth when read in each of the usual encodings."""

    def __init__(self) -> None:
        self.lines = 0
        self._sums = dict.fromkeys(_WORTH, 0.0)
        self._signs = dict.fromkeys(_WORTH, 0)

    @classmethod
    def of(cls, line: bytes) -> Self:
        readings = cls()
        readings.add(line)
        return readings

    def add(self, line: bytes) -> None:
        """Read a line that is not plain ASCII."""
        self.lines += 1
        for encoding, worth in _WORTH.items():
            values = worth(line)
            self._sums[encoding] += sum(values)
            self._signs[encoding] += len(values)

    def worth(self, encoding: str) -> float:
        """The mean of the characters' worth, from 0 to 1."""
        return self._sums[encoding] / (self._signs[encoding] or 1)

    def best_other(self) -> tuple[float, str]:
        """The other encoding that makes most of the lines, and what it makes of them."""
        return max((self.worth(name), name) for name in _WORTH if name != GB18030)


def _by_sign(encoding: str, worth: Callable[[str, bytes], float]) -> Callable[[bytes], list[float]]:
    """The worth of every character of a line that is not ASCII; a byte that is none is worth 0."""

    def of(line: bytes) -> list[float]:
        found = []
        for sign in line.decode(encoding, "replace"):
            if sign == "\ufffd":
                found.append(0.0)
            elif not sign.isascii() and not "\u3000" <= sign <= "\u3030":
                found.append(worth(sign, sign.encode(encoding)))
        return found

    return of


def _gb18030(sign: str, code: bytes) -> float:
    if sign in HAN:
        return 1.0
    if len(code) == 4:
        return 0.3
    if code[1] < 0xA1 or code[0] < 0xA1:
        return 0.1  # the additions of GBK: rare
    if 0xB0 <= code[0] <= 0xD7:
        return 0.5  # the common half of GB 2312
    return 0.3 if code[0] in (0xA1, 0xA3) or 0xD8 <= code[0] <= 0xF7 else 0.0


def _big5(sign: str, code: bytes) -> float:
    if sign in HAN:
        return 1.0
    return 0.45 if 0xA4 <= code[0] <= 0xC6 else 0.2


def _japanese(sign: str, code: bytes) -> float:
    if "\u3040" <= sign <= "\u30ff" or sign in KANJI:
        return 1.0
    if len(code) == 1 or not unicodedata.name(sign, "").startswith("CJK UNIFIED"):
        return 0.1
    common = 0x88 <= code[0] <= 0x97 if code[0] < 0xA1 else 0xB0 <= code[0] <= 0xCF
    return 0.5 if common else 0.15


def _korean(sign: str, _code: bytes) -> float:
    if sign in HANGUL:
        return 1.0
    return 0.4 if "\uac00" <= sign <= "\ud7a3" else 0.15


def _western(line: bytes) -> list[float]:
    """Letters with accents stand alone among those of ASCII; Chinese bytes come in pairs."""
    found = []
    for run in re.finditer(rb"[\x80-\xff]+", line):
        letters = run[0].decode("cp1252", "replace")
        alone = len(letters) == 1 and letters.isalpha()
        found += [0.9 if alone else 0.0] * len(letters)
    return found


def _russian(encoding: str) -> Callable[[bytes], list[float]]:
    """The worth of words with a capital at most in front, which Chinese bytes hardly ever make."""

    def of(line: bytes) -> list[float]:
        found = []
        for run in re.finditer(rb"[\x80-\xff]+", line):
            word = run[0].decode(encoding, "replace")
            plain = len(word) >= 4 and word.isalpha() and word[1:].islower()
            found += [0.9 if plain else 0.0] * len(word)
        return found

    return of


def _broken_utf_8(line: bytes) -> list[float]:
    """Long sequences of UTF-8 hardly ever come about by chance."""
    text = line.decode("utf-8", "replace")
    return [
        0.0 if sign == "\ufffd" else 0.95 if sign >= "\u0800" else 0.4
        for sign in text
        if not sign.isascii()
    ]


_WORTH: dict[str, Callable[[bytes], list[float]]] = {
    GB18030: _by_sign(GB18030, _gb18030),
    "utf-8": _broken_utf_8,
    "big5": _by_sign("big5", _big5),
    "shift_jis": _by_sign("shift_jis", _japanese),
    "euc_jp": _by_sign("euc_jp", _japanese),
    "euc_kr": _by_sign("euc_kr", _korean),
    "cp1252": _western,
    "cp1251": _russian("cp1251"),
    "koi8_r": _russian("koi8_r"),
}
NAMES = {
    "big5": "Big5", "shift_jis": "Shift-JIS", "euc_jp": "EUC-JP", "euc_kr": "EUC-KR",
    "cp1252": "Windows-1252", "cp1251": "Windows-1251", "koi8_r": "KOI8-R",
}  # fmt: skip


def _refusal(path: Path, number: int, line: bytes, encoding: str) -> WrongUse:
    """What to say about a file whose line is in doubt; ``encoding`` is the likely one, if any."""
    fields = line.rstrip(b"\r\n").split(b",")
    reading = encoding or GB18030
    value = next((field for field in fields if _doubtful(field, reading)), line)
    words = {
        "file": path.name,
        "line": number,
        "value": value.decode(reading, "replace").strip('"')[:SHOWN],
    }
    if encoding == "utf-8":
        return WrongUse(
            _(
                "%(file)s, line %(line)d, “%(value)s”: a character is cut or damaged. Export the"
                " file again, as “CSV UTF-8”."
            )
            % words
        )
    if encoding:
        return WrongUse(
            _(
                "%(file)s is neither UTF-8 nor GB18030. Line %(line)d, “%(value)s”, looks like"
                " %(encoding)s. Save it as “CSV UTF-8”."
            )
            % (words | {"encoding": NAMES[encoding]})
        )
    return WrongUse(
        _(
            "%(file)s is neither UTF-8 nor GB18030: line %(line)d, “%(value)s”. Save it as “CSV"
            " UTF-8”."
        )
        % words
    )


def _doubtful(field: bytes, reading: str) -> bool:
    if field.isascii():
        return False
    if reading != "utf-8":
        return True
    try:
        field.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
