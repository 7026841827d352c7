"""How people write of somebody, of a firm or of a store without the whole name."""

import re
from collections.abc import Iterator

from customers.search import DOTS, HAN, SURNAMES

LONGEST = 4  # letters of a Chinese name that is cut into surname and given name
TWO_LETTERS = {
    "欧阳", "上官", "司马", "诸葛", "皇甫", "司徒", "夏侯", "东方", "慕容", *SURNAMES,
}  # fmt: skip
TITLES = (
    "先生", "女士", "小姐", "太太", "老板娘", "老板", "经理", "店长", "师傅", "阿姨",
    "大姐", "大哥", "总", "姐", "哥", "工",
)  # fmt: skip
LATIN_TITLE = re.compile(r"(?:ms|mrs|miss|mr)\b\.?\s*", re.IGNORECASE)
BEFORE = "小老阿"
FIRM = re.compile(r"(?:有限责任公司|股份有限公司|有限公司|公司|集团)$")
STORE = re.compile(r"(?:旗舰店|专卖店|体验店|门店|分店|店)$")
# What many stores are called by, and what texts say of other things: 中心店, 第一店, 二号店.
OF_MANY = re.compile(
    r"第?[\d〇零一二三四五六七八九十百]+[号家分]?|(?:市|购物)?中心|直营|加盟|授权|社区|商场|广场|超市"
    r"|线上|线下|网上|本地|全国|中国"
)
# Words that hold how somebody is called, 小程 or 施工, and are about nobody.
ORDINARY = (
    r"小程序|小金额|(?<=[\d〇零一二三四五六七八九十两半几多个])小时|小区|小计|老师"
    r"|施工|完成工作"
)


def person(name: str) -> Iterator[str]:
    """A person: 林美玲, 美玲, 林女士, 小林; nobody where there is only a title."""
    bare = _without_title(name.strip())
    if not bare:
        return
    yield name
    yield bare
    parts = DOTS.split(bare)
    yield from ("".join(parts), *parts)
    if not HAN.fullmatch(bare) or len(bare) > LONGEST:
        return
    first = 2 if bare[:2] in TWO_LETTERS else 1
    surname, given = bare[:first], bare[first:]
    if len(given) > 1:
        yield given
    yield from (f"{surname}{title}" for title in TITLES)
    yield from (f"{before}{surname}" for before in BEFORE)


def _without_title(name: str) -> str:
    if found := LATIN_TITLE.match(name):
        return name[found.end() :]
    return next((name.removesuffix(it) for it in TITLES if name.endswith(it)), name)


def firm(name: str) -> Iterator[str]:
    """A firm, also without its legal form."""
    return _bare(name, FIRM)


def store(name: str) -> Iterator[str]:
    """A store, also as the street or place that it is named after."""
    return _bare(name, STORE)


def _bare(name: str, kind: re.Pattern[str]) -> Iterator[str]:
    yield name
    bare = kind.sub("", name)
    if not OF_MANY.fullmatch(bare):
        yield bare
