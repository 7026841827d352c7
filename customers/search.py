"""Finding a card without opening it: keyed tokens of whatever people search by.

Tokens are stored with the card. When what they are made of changes, ``make_findable`` makes them
anew; until then a card is found as before.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.db.models import Q
from pypinyin import Style, lazy_pinyin, pinyin

from customers.models import CustomerQuerySet
from dealers import vault
from dealers.phones import normalise, plain_digits

LAST = 4  # digits of a number by which it may be searched without a trace
LONGEST_PART = 6  # digits that are still a part of a name; more are a number
LONGEST_RUN = 4  # characters of a name that are one token; a longer search is cut into such runs
# Chinese and minority names have a dot between their parts, of every kind, or none at all.
DOTS = re.compile("[.\u00b7\u2022\u2027\u2219\u22c5\u25cf\u30fb\u16eb\ua78f\u2e31\u2e33\U00010101]")
HAN = re.compile("[\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
# Surnames of two characters that are read unlike the characters one by one.
SURNAMES = {
    "万俟": "mo qi",
    "尉迟": "yu chi",
    "单于": "chan yu",
    "长孙": "zhang sun",
    "澹台": "tan tai",
}


def tokens(dealer_id: int, number: str, name: str) -> list[int]:
    """Keyed tokens of everything that a card is found by."""
    findable = {f"last4:{number[-LAST:]}", *(f"name:{part}" for part in _name_parts(name))}
    return sorted({vault.token(dealer_id, text) for text in findable})


def find(queryset: CustomerQuerySet, text: str, dealer_id: int | None = None) -> CustomerQuerySet:
    """Cards of the queryset by a part of the name, in characters or pinyin, or the last 4 digits.

    A whole number finds nothing here: ``look_ups`` notes who asks for one. The queryset has to be
    of one dealer: that is whose key the tokens are made with. Naming it saves asking for it.
    """
    dealer_id = dealer_id or queryset.values_list("dealer_id", flat=True).order_by().first()
    wanted = _wanted(text)
    if dealer_id is None or not wanted:
        return queryset.none()
    # By either key, while the dealer's is being changed.
    made = [Q(search_tokens__contains=each) for each in vault.tokens(dealer_id, wanted)]
    if not made:  # whose key is destroyed: nobody is called anything any more
        return queryset.none()
    return queryset.filter(reduce(or_, made), dealer=dealer_id)


def whole_number(text: str) -> str | None:
    """The number in E.164 that a search is for; None if it is for a name or the last digits.

    Raises PhoneNotValid for so many digits that they can only be a number, but are none.
    """
    return normalise(text) if len(_digits(text)) > LONGEST_PART else None


def _digits(text: str) -> str:
    """The digits of a text that has nothing else, else nothing."""
    digits = plain_digits(text).removeprefix("+")
    return digits if digits.isdecimal() else ""


def _wanted(text: str) -> list[str]:
    digits = _digits(text)
    if len(digits) == LAST:
        return [f"last4:{digits}"]
    if len(digits) > LONGEST_PART:
        return []
    parts: list[str] = []
    for word in _words(DOTS.sub("", _plain(text))):
        if word.isascii():
            # Pinyin and a number typed in one go, ke07, find 客07 as well as KE07.
            parts += _pieces(word)
        elif len(word) <= LONGEST_RUN or len(_runs(word)) > 1:
            parts.append(word)
        else:
            last = len(word) - LONGEST_RUN
            parts += [word[start : start + LONGEST_RUN] for start in range(last + 1)]
    return [f"name:{part}" for part in dict.fromkeys(parts) if not _is_initial(part)]


@lru_cache(maxsize=10_000)
def _name_parts(name: str) -> frozenset[str]:
    """The name's words, and every run of characters of those not in Latin, of Chinese in pinyin.

    Words end at spaces and signs, and where Chinese begins or ends: Lisa李娜 is Lisa and 李娜. Dots
    inside names separate and join.
    """
    name = _plain(name)
    words = _words(DOTS.sub("", name))
    parts = {"".join(words), *words, *_words(DOTS.sub(" ", name))} - {""}
    for run in [run for part in tuple(parts) for run in _runs(part)]:
        parts.add(run)
        if HAN.fullmatch(run):
            parts.update(_chinese(run))
        elif run.isascii():
            parts.update(_pieces(run))
        else:
            parts.update(run[start:end] for start, end in _spans(run))
    return frozenset(part for part in parts if not _is_initial(part))


def _is_initial(part: str) -> bool:
    """One letter or digit: so common that whoever sees its tokens can tell what they are."""
    return len(part) == 1 and part.isascii()


def _plain(text: str) -> str:
    """Without differences of width and case; ü as keyboards without it write it."""
    return unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")


def _words(text: str) -> list[str]:
    """The letters and digits of each word."""
    spaced = "".join(
        sign if unicodedata.category(sign)[0] in "LMN" else " "
        for sign in text
        if unicodedata.category(sign) != "Cf"
    )
    return spaced.split()


def _runs(word: str) -> list[str]:
    """A word cut where Chinese begins or ends."""
    return [run for run in re.split(f"({HAN.pattern})", word) if run]


def _pieces(word: str) -> list[str]:
    """A Latin word cut between its letters and digits."""
    return re.findall("[a-z]+|[0-9]+", word) or [word]


def _spans(run: str) -> Iterator[tuple[int, int]]:
    for start in range(len(run)):
        for end in range(start + 1, min(start + LONGEST_RUN, len(run)) + 1):
            yield start, end


def _as_they_are(signs: str) -> Any:
    """What has no reading, one by one."""
    return list(signs)


def _chinese(run: str) -> Iterator[str]:
    """Every run of characters, as it is, in pinyin and as initials.

    The first character of each is taken in all its readings: a surname is often read in a rare one,
    and only who bears it knows (曾 zeng, 单 shan, 解 xie).
    """
    spelled = lazy_pinyin(run, style=Style.NORMAL, errors=_as_they_are)
    for start, end in _spans(run):
        yield run[start:end]
        rest = spelled[start + 1 : end]
        for first in _readings(run[start], spelled[start]):
            yield first + "".join(rest)
            yield "".join(syllable[0] for syllable in [first, *rest])
    for surname, reading in SURNAMES.items():
        if run.startswith(surname):
            syllables = reading.split() + spelled[2:LONGEST_RUN]
            for end in range(2, len(syllables) + 1):
                yield "".join(syllables[:end])
                yield "".join(syllable[0] for syllable in syllables[:end])


@lru_cache(maxsize=10_000)
def _readings(sign: str, usual: str) -> tuple[str, ...]:
    found = {usual, *pinyin(sign, style=Style.NORMAL, heteronym=True, errors=_as_they_are)[0]}
    # A keyboard without ü writes lv or lu, a passport lyu.
    found |= {each.replace("v", other) for each in found if "v" in each for other in ("u", "yu")}
    return tuple(sorted(found))
