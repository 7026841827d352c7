"""Names and numbers of the demo: staff and customers."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from dealers.models import Role
from incentives.demo.network import CITIES, OWNERS_DEALER, REGIONS, RIVAL_DEALER, DemoStore, words

# The commonest first, as in the country.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
    "姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤"
)
RARE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "皇甫")
GIVEN_MALE = words(
    "伟 强 磊 军 洋 勇 杰 涛 超 明 刚 平 辉 鹏 飞 浩 宇 健 斌 波 凯 俊 峰 志强 建国 建华 国梁 志明"
    " 文博 子轩 浩然 宇航 天宇 俊杰 思远 家豪 振华 海涛 立新 晓东 少华 永强 德胜 卫东 一鸣 承志"
)
GIVEN_FEMALE = words(
    "芳 娜 敏 静 丽 艳 娟 霞 秀英 玲 燕 慧 倩 婷 雪 洁 琳 颖 丹 萍 红梅 桂英 淑珍 雅婷 思雨 欣怡"
    " 梦洁 佳琪 雨桐 诗涵 晓燕 海燕 丽华 春梅 月华 若曦 可欣 静怡 佩瑶 语嫣 文静 晓彤 秋菊 美玲"
)
# No range of Chinese mobile numbers is set aside for fiction; these are valid, and show by the four
# zeros in the middle that they were made up.
PREFIXES = (
    138,
    139,
    136,
    137,
    135,
    158,
    159,
    186,
    187,
    188,
    130,
    131,
    132,
    150,
    151,
    152,
    176,
    177,
)


def full_name(random: Random) -> str:
    """A Chinese name."""
    if random.random() < 0.005:
        surname = random.choice(RARE_SURNAMES)
    else:
        # The twentieth surname is about a quarter as common as the first.
        surname = SURNAMES[min(int(random.expovariate(1 / 22)), len(SURNAMES) - 1)]
    return surname + random.choice(random.choice((GIVEN_MALE, GIVEN_FEMALE)))


def mobile_numbers(random: Random) -> Iterator[str]:
    """Valid mobile numbers in E.164 form, none twice."""
    seen = set()
    while True:
        number = f"+86{random.choice(PREFIXES)}0000{random.randrange(10_000):04d}"
        if number not in seen:
            seen.add(number)
            yield number


@dataclass(frozen=True, slots=True)
class Post:
    """A role and the code of its store, dealer or region."""

    role: str
    scope: str


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str
    phone: str
    posts: tuple[Post, ...]
    # Joined some days ago: nothing registered, nothing learnt yet.
    newcomer: bool = False


def make_staff(
    random: Random,
    numbers: Iterator[str],
    stores: list[DemoStore],
    count: int,
) -> list[Person]:
    """Regional managers, owners, store managers and associates, ``count`` with the demo logins.

    Large stores have more associates. The manager of the first store also runs a sister store that
    has none of its own.
    """
    people = []

    def add(email: str, *posts: Post, newcomer: bool = False) -> None:
        people.append(Person(email, full_name(random), next(numbers), posts, newcomer))

    for n, region in enumerate(REGIONS):
        add("region@demo.example" if n == 0 else f"region{n + 1}@demo.example",
            Post(Role.REGIONAL_MANAGER, region))  # fmt: skip
    add("region7@demo.example", Post(Role.REGIONAL_MANAGER, next(iter(CITIES))))
    dealers = sorted({store.dealer for store in stores})
    for code in dealers:
        first = code == OWNERS_DEALER
        add("owner@demo.example" if first else f"owner.{code.lower()}@demo.example",
            Post(Role.OWNER, code))  # fmt: skip
    for n, store in enumerate(stores):
        if n == 0:
            sister = stores[1].code
            add("manager@demo.example",
                Post(Role.STORE_MANAGER, store.code), Post(Role.STORE_MANAGER, sister))  # fmt: skip
        elif n > 1 or store.dealer != OWNERS_DEALER:
            add(f"manager.{store.code.lower()}@demo.example", Post(Role.STORE_MANAGER, store.code))
    rival = next(store.code for store in stores if store.dealer == RIVAL_DEALER)
    add("clerk@demo.example", Post(Role.ASSOCIATE, stores[0].code))
    add("rival@demo.example", Post(Role.ASSOCIATE, rival))
    sizes = {"A": 3, "B": 2, "C": 1}
    posts = [store.code for store in stores for _ in range(sizes[store.size])]
    # Two more where the demo logins work, so that their staff pages show a team.
    posts = [stores[0].code, stores[0].code, *posts]
    for n in range(max(0, count - len(people))):
        add(f"staff{n + 1:03d}@demo.example", Post(Role.ASSOCIATE, posts[n % len(posts)]),
            newcomer=n % 30 == 1)  # fmt: skip
    return people
