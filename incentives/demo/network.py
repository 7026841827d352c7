"""The demo's regions, dealers and stores, and how diligent each store is."""

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from random import Random

from dealers.models import SizeClass


def words(text: str) -> tuple[str, ...]:
    """The words of a text: easier to read than so many quotes."""
    return tuple(text.split())


REGIONS = {
    "HD": "华东大区",
    "HN": "华南大区",
    "HB": "华北大区",
    "HZ": "华中大区",
    "XN": "西南大区",
    "DB": "东北大区",
}
CITIES = {
    "HD": {
        "杭州": "永康街 临江路 中山北路 望湖 文三路 滨江天街 拱宸桥 钱江新城",
        "上海": "南京西路 徐家汇 五角场 陆家嘴 曹杨路 七宝 张江 莘庄",
        "南京": "新街口 夫子庙 河西 江宁 仙林",
        "苏州": "观前街 园区湖东 石路 吴中",
        "宁波": "天一广场 高桥 新港 鄞州",
    },
    "HN": {
        "广州": "天河路 北京路 番禺 琶洲 白云新城",
        "深圳": "华强北 南山 福田 龙岗 宝安",
        "佛山": "祖庙 千灯湖 顺德",
        "厦门": "中山路 湖里 集美",
    },
    "HB": {
        "北京": "西单 望京 国贸 中关村 亦庄 通州",
        "天津": "滨江道 和平路 滨海",
        "石家庄": "北国 裕华 勒泰",
        "太原": "柳巷 长风街 亲贤街",
    },
    "HZ": {
        "武汉": "江汉路 光谷 汉阳 徐东 武昌",
        "长沙": "五一广场 梅溪湖 东塘",
        "郑州": "二七广场 郑东新区 花园路",
    },
    "XN": {
        "成都": "春熙路 天府新区 建设路 双楠 光华",
        "重庆": "解放碑 观音桥 南坪 沙坪坝 杨家坪",
        "昆明": "南屏街 北市区 呈贡",
    },
    "DB": {
        "沈阳": "中街 太原街 铁西 浑南",
        "大连": "青泥洼 西安路 高新园",
        "哈尔滨": "中央大街 群力 学府路",
    },
}
NAMES = words(
    "永康 瑞安 申悦 泽清 恒润 佳沁 安居 盛源 鸿泰 清泉 嘉禾 锦程 博雅 众合 凯旋 智联 汇丰源"
    " 乐活 三和 鼎新 明德 华阳 天澜 晟世 惠民 宏图 兴邦 美家 源通 诚信达 康宁 万家 海纳 启航"
    " 铭城 中润 聚贤 远大 星辰 合众"
)
TRADES = words("智能家居有限公司 净水科技有限公司 家居用品有限公司 环境科技有限公司 商贸有限公司")
SIZES = {SizeClass.A: 3.0, SizeClass.B: 1.6, SizeClass.C: 0.8}  # customers, relative
OWNERS_DEALER = "D01"  # the dealer of most demo logins, with something on every page
RIVAL_DEALER = "D02"


class Character(Enum):
    """What a store is like: customers per month, their growth, follow-up, conversion."""

    STEADY = (1.0, 1.01, 0.62, 0.46)
    DILIGENT = (1.2, 1.02, 0.92, 0.62)
    GROWING = (0.7, 1.12, 0.75, 0.52)
    DECLINING = (1.6, 0.86, 0.45, 0.38)
    SLEEPY = (0.55, 0.93, 0.25, 0.34)
    # Registers much and sells little: the regional manager should ask why.
    COLLECTOR = (1.7, 1.0, 0.38, 0.16)

    def __init__(self, pull: float, growth: float, care: float, conversion: float) -> None:
        self.pull = pull
        self.growth = growth
        self.care = care
        self.conversion = conversion


MIX = (
    *[Character.STEADY] * 9,
    *[Character.DILIGENT] * 4,
    *[Character.GROWING] * 3,
    *[Character.DECLINING] * 2,
    *[Character.SLEEPY] * 2,
    Character.COLLECTOR,
)


@dataclass(frozen=True, slots=True)
class DemoDealer:
    code: str
    name: str
    region: str
    city: str


@dataclass(frozen=True, slots=True)
class DemoStore:
    code: str
    name: str
    dealer: str
    region: str
    city: str
    size: str
    opened_on: date
    character: Character
    # More customers than its size and character would bring.
    boost: float = 1.0
    # Registers nobody any more, from the middle of the last closed month on.
    asleep: bool = False

    def weight(self, month: int, months: int) -> float:
        """How many customers come, relative to other stores; months are counted from 0."""
        character = self.character
        centre = (months - 1) / 2
        trend = character.growth ** (month - centre)
        return SIZES[SizeClass(self.size)] * self.boost * character.pull * trend


def make_network(
    random: Random, first_month: date, dealers: int, stores: int
) -> tuple[list[DemoDealer], list[DemoStore]]:
    """Dealers and stores, spread over all regions; a dealer has one city."""
    cities = [(region, city) for region, found in CITIES.items() for city in found]
    places = {city: places.split() for found in CITIES.values() for city, places in found.items()}
    taken: dict[str, int] = dict.fromkeys(places, 0)
    made_dealers: list[DemoDealer] = []
    made_stores: list[DemoStore] = []
    for n, count in enumerate(_store_counts(dealers, stores)):
        region, city = _city(n, count, cities, places, taken)
        dealer = DemoDealer(
            code=f"D{n + 1:02d}",
            name=f"{city}{NAMES[n % len(NAMES)]}{TRADES[n % len(TRADES)]}",
            region=region,
            city=city,
        )
        made_dealers.append(dealer)
        for m in range(count):
            place = _place(places[city], taken[city])
            taken[city] += 1
            size = random.choices(list(SIZES), (2, 5, 3))[0]
            made_stores.append(
                DemoStore(
                    code=f"S{len(made_stores) + 1:03d}",
                    name=f"{city}{place}店" if n else f"{place}店",
                    dealer=dealer.code,
                    region=region,
                    city=city,
                    size=SizeClass.A if (n, m) == (0, 0) else size,
                    opened_on=_opened_on(random, first_month),
                    character=random.choice(MIX),
                )
            )
    return made_dealers, _shown_around(made_stores)


def _store_counts(dealers: int, stores: int) -> list[int]:
    """Four stores for the first dealer, then one to four by turns, ``stores`` altogether."""
    counts = [1] * dealers
    wanted = [4, *([1, 2, 3, 4, 2, 3] * dealers)][:dealers]
    left = stores - dealers
    while left > 0:
        for n in range(dealers):
            if left > 0 and counts[n] < max(wanted[n], 1):
                counts[n] += 1
                left -= 1
        if all(counts[n] >= wanted[n] for n in range(dealers)):
            wanted = [count + 1 for count in wanted]
    return counts


def _city(
    n: int,
    count: int,
    cities: list[tuple[str, str]],
    places: dict[str, list[str]],
    taken: dict[str, int],
) -> tuple[str, str]:
    """The next city with room, region by region; the first dealer is at home in Hangzhou."""
    if n == 0:
        return cities[0]
    regions = list(CITIES)
    region = regions[n % len(regions)]
    here = [city for place, city in cities if place == region]
    return region, min(here, key=lambda city: (taken[city] + count) / len(places[city]))


def _place(names: list[str], n: int) -> str:
    """A street or quarter; once a city has run out of them, the second shop there."""
    return names[n % len(names)] + ("" if n < len(names) else "二")


def _opened_on(random: Random, first_month: date) -> date:
    return date(
        first_month.year - random.randint(1, 9), random.randint(1, 12), random.randint(1, 28)
    )


def _shown_around(stores: list[DemoStore]) -> list[DemoStore]:
    """Give the stores of the demo logins and of their region the parts that a desk is for."""
    parts = (Character.DILIGENT, Character.GROWING, Character.DECLINING, Character.SLEEPY)
    cast: list[DemoStore] = []
    for store in stores:
        if store.dealer == OWNERS_DEALER:
            own = sum(made.dealer == OWNERS_DEALER for made in cast)
            cast.append(
                replace(store, character=parts[own % len(parts)], boost=2.2 if not own else 1.4)
            )
        elif store.dealer == RIVAL_DEALER:
            cast.append(replace(store, character=Character.STEADY))
        else:
            cast.append(store)
    home = [n for n, store in enumerate(cast) if store.region == cast[0].region]
    cast[home[-1]] = replace(cast[home[-1]], character=Character.COLLECTOR, boost=1.3)
    sleepers = [n for n, store in enumerate(cast) if store.character is Character.SLEEPY]
    for n in sleepers[::2]:
        cast[n] = replace(cast[n], asleep=True)
    return cast
