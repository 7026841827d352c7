#!/usr/bin/env python3
"""核对本公司的记录：不用联网，不用安装，任何一台有 Python 3.9 的电脑都能运行。

Checks what a dealer holds against the brand: its chain, its receipts, the daily roots. Offline,
one file, nothing to install but Python 3.9 or later.

    python3 verify_receipt.py chain.csv receipts.txt roots.txt terms.txt agreement.txt

Files in any order, of any name; without any, those beside this one, and the tables of the pack that
it lies in. A receipt may be typed into a text file by hand, and a mail may be saved as it is (.eml)
or as text. The pack's tables of statements and their results, registrations, protections, looks at
customers, rulings, disputes and payments are held against the chain row by row, and with its
manifest.json also for rows that are missing. It ends with 0: all is proven; 1: something is wrong;
2: nothing is wrong, but something is not proven, because a file is missing; 3: nothing else is
wrong, but the brand states that a part of the history was lost.

How it is made, for whoever wants to do it again:

- link: hash = SHA-256(hash before, "portal-link/1|dealer|place|time|kind|what"), 32 zeros at first;
  ``what`` begins with 122 random bits, so that its hash tells nothing to who does not have it
- receipt: "portal-receipt/1 dealer place hash time", and its Ed25519 signature in hex
- root of a day: "portal-root/1 day how-many root before time", signed too; ``before`` is the
  SHA-256 of these words of the root before, without the signature
- path: "portal-path/1 day dealer place hash blind position how-many steps"; leaf = SHA-256(0x00,
  "dealer place hash blind"), node = SHA-256(0x01, left, right), as in RFC 6962
- restart: "portal-restart/1 dealer place hash last last-hash time", signed too: the database was
  put back, the chain goes on after ``place``, and what was signed up to ``last`` before is lost
- rulebook or plan: "portal-terms/1 sort number words"; the SHA-256 of the words stands as ``rules``
  in the links of what was decided by it
- agreement: "portal-agreement/1 number words"; the SHA-256 of the words stands as ``rules`` in the
  link of who signed it. Of a paper (PDF) that is named here its own SHA-256 stands in a link
- table: each row is what one link of its kind tells, by the columns in TABLES; of a reason, and of
  who looked and what for (``words``), the link tells the SHA-256
- time stamp (.tsr): an answer by RFC 3161 of an authority outside, over the SHA-256 of the line of
  a root with its signature. Read here, not checked: that needs the authority's certificates, which
  nobody should have from the brand, and OpenSSL
"""

import base64
import csv
import hashlib
import io
import json
import re
import sys
from datetime import date, timedelta
from pathlib import Path

COLUMNS = ["dealer", "place", "time", "kind", "what", "before", "hash"]
NOTHING = "0" * 64
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z"
_HEX = "[0-9a-f]{64}"
_NUMBER = r"\d{1,18}"
_END = r"(?![0-9a-zA-Z])"
RECEIPT = re.compile(
    rf"portal-receipt/1 ({_NUMBER}) ({_NUMBER}) ({_HEX}) ({MOMENT}) ([0-9a-f]{{128}}){_END}",
    re.ASCII,
)
ROOT = re.compile(
    rf"portal-root/1 (\d{{4}}-\d\d-\d\d) ({_NUMBER}) ({_HEX}) ({_HEX}) ({MOMENT})"
    rf" ([0-9a-f]{{128}}){_END}",
    re.ASCII,
)
PATH = re.compile(
    rf"portal-path/1 (\d{{4}}-\d\d-\d\d) ({_NUMBER}) ({_NUMBER}) ({_HEX}) ([0-9a-f]{{32}})"
    rf" ({_NUMBER}) ({_NUMBER}) ((?:{_HEX}){{0,64}}|-){_END}",
    re.ASCII,
)
KEY = re.compile(rf"portal-key/1 ({_HEX}){_END}", re.ASCII)
RESTART = re.compile(
    rf"portal-restart/1 ({_NUMBER}) ({_NUMBER}) ({_HEX}) ({_NUMBER}) ({_HEX}) ({MOMENT})"
    rf" ([0-9a-f]{{128}}){_END}",
    re.ASCII,
)
_BEGIN = r"(?<![^\n])"
TERMS = re.compile(  # each a line of its own
    rf"{_BEGIN}portal-terms/1 (rulebook|plan) ({_NUMBER}) (\{{[^\r\n]*\}})", re.ASCII
)
AGREEMENT = re.compile(rf"{_BEGIN}portal-agreement/1 ({_NUMBER}) (\{{[^\r\n]*\}})", re.ASCII)
ANY = re.compile(r"portal-(?:receipt|root|path|key|restart|terms|agreement)/")
# This program and its page, which name all of these: no part of what is checked.
TOOL = re.compile(r"[ \n]*(?:#!/usr/bin/env python3|<!doctype html>[ \n]*<html data-verifier)")
# In what a link tells. A quote inside a text is escaped there, so that no text looks like it.
RULES = re.compile(rf'"(rulebook|plan|agreement)" : ({_NUMBER}), "rules" : "({_HEX})"', re.ASCII)
ANSWER = re.compile(rf'"event" : "(signed|refused)", "agreement" : ({_NUMBER}), ', re.ASCII)
PAPER = re.compile(rf'"sha256" : "({_HEX})"', re.ASCII)
TIME = re.compile(MOMENT, re.ASCII)
WRAPPED = re.compile(
    r"content-transfer-encoding:[ \t]*(quoted-printable|base64)[ \t]*", re.ASCII | re.IGNORECASE
)
DIGITS = re.compile(_NUMBER, re.ASCII)
KIND = re.compile(r"[a-z]{1,16}", re.ASCII)
# In a time stamp, as they are encoded: what a stamp is, SHA-256, and the mark of a demo's own ones.
STAMP = "2a864886f70d0109100104"
SHA256 = "608648016503040201"
LOCAL = "6982ffb484c9a7acf4d0fce28bf6c98d9e92ff59"
STAMPED_AT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d{1,9})?Z", re.ASCII)
LARGEST_STAMP = 2**18  # bytes
# How papers begin: PDFs, and a statement's file of lines.
BOM, PDF, LINES = b"\xef\xbb\xbf", b"%PDF-", b"statement,component,for_month,"
MOST = 200  # signatures that are tried of each sort: each takes some milliseconds

# Tables of a pack: the kind of their links, where in these their rows stand, and each column beside
# what a link calls it. The first says when it was, unless it is the number of what says so.
TABLES = {
    "access": ("access", "", [
        ["at", "at"], ["role", "role"], ["action", "action"], ["customer", "card"],
        ["count", "count"], ["fields_kept", "fields"], ["who|purpose_kept", "words"],
    ]),
    "statements": ("statement", "", [
        ["issued_at", "issued"], ["statement", "number"], ["month", "month"],
        ["currency", "currency"], ["carried_over", "opening"], ["total", "total"],
        ["adjusted", "adjusted"], ["never_paid", "set_off"], ["payable", "payable"],
        ["carried_forward", "closing"], ["clawback", "clawback"],
        ["carried_over_back", "opening_back"], ["carried_forward_back", "closing_back"],
        ["code", "code"],
    ]),
    "results": ("statement", "results", [
        ["statement", "number"], ["component", "component"], ["for_month", "month"],
        ["lines", "lines"], ["base", "base"], ["amount", "amount"],
    ]),
    "registrations": ("registration", "", [
        ["recorded_at", "recorded"], ["receipt", "receipt"], ["customer", "card"],
        ["channel", "channel"], ["received_at", "received"], ["answer", "answer"],
        ["rule", "rule"], ["rulebook", "rulebook"], ["protected_until", "until"],
        ["consent_service", "service"], ["consent_offers", "offers"],
    ]),
    "history": ("ownership", "", [
        ["recorded_at", "recorded"], ["protection", "ownership"], ["event", "event"],
        ["at", "at"], ["protected_until", "until"], ["ends_at", "ends"], ["rulebook", "rulebook"],
    ]),
    "rulings": ("ruling", "", [
        ["at", "at"], ["case", "case"], ["instance", "instance"], ["outcome", "outcome"],
        ["share_of_a", "share"], ["by_silence", "silence"], ["reason", "reason"],
    ]),
    "disputes": ("dispute", "", [
        ["at", "at"], ["dispute", "dispute"], ["instance", "instance"], ["outcome", "outcome"],
        ["adjustment", "adjustment"], ["reason", "reason"],
    ]),
    "payments": ("payment", "", [
        ["answered_at", "at"], ["payment", "payment"], ["statement", "statement"],
        ["state", "state"], ["amount", "amount"], ["bank_on", "on"],
    ]),
}  # fmt: skip
# Why registrations are voided, but for what a case orders and what a store gives back.
_MISTAKES = ["undone", "wrong_number", "not_asked", "tried"]
# The public scorecard: of which links a figure counts, by what they tell, and which of these are
# those that it is about; nothing: a later link may say so, and they are not held against it.
SCORE_COLUMNS = ["figure", "from", "to", "count", "of"]
SCORED = {
    "case_days": ["ruling", {"instance": ["1"], "opened": []}, {"instance": ["1"]}],
    "cases_late": ["ruling", {}, {"silence": ["yes"]}],
    "leads_junk": ["lead", {"event": ["accepted"]}, None],
    "numbers": ["access", {"role": ["hq"]}, {"action": ["reveal"]}],
    "numbers_refused": [
        "access", {"role": ["hq"], "action": ["reveal", "refused"]}, {"action": ["refused"]},
    ],
    "broken_glass": ["network", {"event": ["emergency"]}, {"event": ["emergency"]}],
    "drills": ["network", {"event": ["drill"]}, {"passed": ["no"]}],
    "refused": ["refused", {}, {"act": []}],
    "voided": ["void", {"role": ["hq"], "reason": _MISTAKES}, {"reason": _MISTAKES}],
}  # fmt: skip
# A ruling counts when it was put on file: by silence it takes effect before that.
COUNTED_BY = {"ruling": "recorded"}
HASHED = ("reason", "words")  # of these a link tells the SHA-256
LATER = ("words",)  # what links of before do not tell
# Kinds that chains of before do not have, all told since the same release of the portal: what is
# older than the first of these was told nowhere.
YOUNG = ("dispute", "payment", "lead", "network")
NEVER = "~"  # after every moment
# Among the columns of a result its base; how many decimals it was written with, and half of that.
BASE, CENTS, HALF_A_CENT = 4, 2, 50
# The pack's own word on when it was made, and what of a link's words is a number.
MADE = re.compile(r'"format": "portal-exit-pack/1",\s+"dealer": "[^"]*",\s+"made_at": "([^"]+)"')
# (A text that is not closed is one to the end: each quote in it would be tried.)
BARE = re.compile(r'"(?:[^"\\]|\\[\s\S])*"?|-?[0-9][0-9.eE+-]*')
INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]{1,6}))?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
)
ROUNDED = re.compile(r"(-?[0-9]{1,20})(?:\.([0-9]{1,4}))?")
AMOUNT = re.compile(r"(-?[0-9]+)(?:\.((?:[0-9]*[1-9])?)0*)?")
# What a spreadsheet would run as a formula has a quote before it.
GUARDED = re.compile(r"'(?:[ \t\r\n\v\f\u00a0\u3000\ufeff\u200b\0]*[=+\-@＝＋－＠]|[\t\r\n])")

PROVEN, WRONG, OPEN, LOST = 0, 1, 2, 3
VERDICTS = {
    PROVEN: ("结论：没有改动。", "Result: nothing was changed."),
    WRONG: ("结论：有问题，见下。", "Result: something is wrong, see below."),
    OPEN: (
        "结论：没有发现问题，但还不能证明。",
        "Result: nothing wrong found, but not proven yet.",
    ),
    LOST: (
        "结论：有一段历史丢失，见下。其余没有发现问题。",
        "Result: a part of the history was lost, see below. Nothing else wrong was found.",
    ),
}
WORDS = {  # by what was found: in Chinese and in English
    "unreadable": ("第 {place} 条读不出来", "place {place} cannot be read"),
    "another's": ("第 {place} 条属于另一家公司", "place {place} is another dealer's"),
    "gap": ("第 {first} 至 {last} 条缺失", "places {first} to {last} are missing"),
    "misplaced": (
        "第 {place} 条的位置上是别的记录",
        "something else stands at place {place}",
    ),
    "unlinked": (
        "第 {place} 条接不上前一条：其中一条被改动、替换或删除",
        "place {place} does not follow the one before: one of them was changed",
    ),
    "edited": ("第 {place} 条（{time}）被改动", "place {place} ({time}) was changed"),
    "back-dated": (
        "第 {place} 条的时间早于前一条",
        "place {place} is dated before the one before",
    ),
    "torn": (
        "有 {count} 行凭证或摘要不完整",
        "{count} receipts or roots are incomplete",
    ),
    "keys": ("有几把不同的公钥，只能有一把", "There is more than one public key"),
    "no key": (
        "缺少公钥，签名无法核对",
        "The public key is missing: signatures cannot be checked",
    ),
    "root not signed": (
        "{day} 的摘要不是用这把公钥签的",
        "The root of {day} is not signed by this key",
    ),
    "two roots": (
        "{day} 有两份不同的摘要，都有签名：给不同的人看了不同的历史",
        "Two different roots of {day} are signed: two histories were shown",
    ),
    "roots not checked": ("有 {count} 份摘要没有核对", "{count} roots were not checked"),
    "roots": (
        "{count} 份每日摘要的签名有效，最近一份是 {day}。"
        "和别的经销商比一比，那一天的指纹要一样：{print}",
        "{count} daily roots are signed, the newest of {day}. Compare with another dealer, whose"
        " fingerprint of that day must be the same: {print}",
    ),
    "days without root": (
        "{first} 与 {last} 之间有 {count} 天没有发布摘要",
        "No root was published on {count} days between {first} and {last}",
    ),
    "days not here": (
        "{first} 与 {last} 之间 {count} 天的摘要不在文件里",
        "The roots of {count} days between {first} and {last} are not in the files",
    ),
    "root unlinked": (
        "{last} 的摘要接不上 {first} 的摘要",
        "The root of {last} does not follow that of {first}",
    ),
    "stamp": (
        "有 {count} 个时间戳对应这里的摘要，最近的是 {day} 的，写明 {time}。"
        "本程序不核对时间戳机构的签名；请用该机构自己公布的证书核对："
        "openssl ts -verify -digest {digest} -in '{name}' -CAfile 机构证书.pem",
        "{count} time stamps are over roots that are here, the newest over that of {day}, and names"
        " {time}. Whether the authority signed it is not checked here: check it with the"
        " certificates that the authority itself publishes: openssl ts -verify -digest {digest} -in"
        " '{name}' -CAfile AUTHORITY.pem",
    ),
    "local stamp": (
        "有 {count} 个本地时间戳（最近的是 {day} 的，写明 {time}）："
        "由演示系统自己制作，对品牌方没有任何证明力",
        "{count} local time stamps are here, the newest over the root of {day}, and names {time}:"
        " made by the demo itself, they prove nothing against the brand",
    ),
    "stamp of none": (
        "时间戳文件 {name} 不是这里任何一份摘要的",
        "The time stamp {name} is of none of the roots that are here",
    ),
    "stamped late": (
        "{day} 的摘要写明 {signed} 签署，时间戳却是 {time} 的：在那之前就有，只有品牌方自己这么说",
        "The root of {day} says that it was signed at {signed}, and its time stamp is of {time}:"
        " that it was there before, the brand alone says",
    ),
    "no stamp": (
        "文件里没有外部机构的时间戳（.tsr）：摘要是什么时候做的，只有品牌方自己的签名说明。"
        "邮件里如果附有，请单独保存再放进来",
        "No time stamp (.tsr) of an authority outside is among the files: when the roots were made,"
        " the brand's own signature alone says. One that came with a mail is saved apart",
    ),
    "no root": ("{day} 的摘要不在文件里", "The root of {day} is not in the files"),
    "not in root": (
        "第 {place} 条不在 {day} 的摘要里",
        "Place {place} is not in the root of {day}",
    ),
    "lost": (
        "{dealer} 号公司第 {first} 至 {last} 条的原有历史已丢失：数据库退回到更早，"
        "{time} 有签名说明。此后这些位置上是别的记录；请保留从前的文件",
        "The history of places {first} to {last} of dealer {dealer} was lost: the database was put"
        " back to an earlier moment, as was stated and signed at {time}. Other records stand there"
        " since; keep the files of before",
    ),
    "loss not signed": (
        "{time} 的丢失说明不是用这把公钥签的",
        "The statement of {time} of what was lost is not signed by this key",
    ),
    "many losses": (
        "丢失说明太多，没有全部核对",
        "There are too many such statements",
    ),
    "more lost": (
        "第 {place} 条在 {time} 签过，丢失说明却只到第 {last} 条",
        "Place {place} was signed at {time}, and the statement of what was lost ends at place"
        " {last}",
    ),
    "no chain": (
        "缺少记录链文件，凭证只能单独核对",
        "The chain is missing: receipts stand alone",
    ),
    "signed": ("{count} 份凭证的签名有效", "{count} receipts are signed"),
    "foreign": (
        "这条链是 {dealer} 号公司的，而 {count} 份凭证属于另一家公司，没有计入",
        "The chain is that of dealer {dealer}, and {count} receipts are another's",
    ),
    "cut": (
        "第 {first} 至 {last} 条缺失：{time} 为它们签过凭证。"
        "如果记录链文件是在那之前下载的，请重新下载后再核对",
        "Places {first} to {last} are missing: a receipt was signed for them at {time}. If the file"
        " of the chain is older than that, download it again and check once more",
    ),
    "agreed": (
        "第 {place} 条：签署了数据共享协议 {number}（{time}）",
        "Place {place}: version {number} of the agreement was signed ({time})",
    ),
    "not agreed": (
        "第 {place} 条：没有接受数据共享协议 {number}（{time}）",
        "Place {place}: version {number} of the agreement was refused ({time})",
    ),
    "paper": ("文件 {name} 就是第 {place} 条记的那一份", "{name} is the paper of place {place}"),
    "another paper": (
        "文件 {name} 不是记录链里的任何一份：可能被改过，或者不是门户给的原件",
        "{name} is none of the papers that the chain names: changed, or another one",
    ),
    "rows": (
        "文件 {name} 的 {count} 行与记录链所记一致",
        "{count} rows of {name} are as the chain tells them",
    ),
    "pack": (
        "文件包写明制作于 {time}：表格里应有此前的全部记录",
        "The pack says that it was made at {time}: all records of before are looked for in its"
        " tables",
    ),
    "no pack": (
        "缺少文件包的 manifest.json：表格末尾缺了记录也看不出来",
        "The pack's manifest.json is missing: records that are missing at the end of tables do not"
        " show",
    ),
    "row changed": (
        "文件 {name} 有 {count} 行不在记录链里，第一处是第 {row} 行：被改动或添加",
        "{count} rows of {name} are not in the chain, the first is row {row}: changed or added",
    ),
    "row missing": (
        "记录链里有 {count} 项记录不在文件 {name} 里，第一处是第 {place} 条：被改动或删除",
        "{count} records of the chain are not in {name}, the first of place {place}: changed or"
        " deleted",
    ),
    "rows before": (
        "文件 {name} 有 {count} 行早于记录链开始记载这类事项的时间，无法核对",
        "{count} rows of {name} are not of the time of which the chain tells such, and cannot be"
        " checked",
    ),
    "rows newer": (
        "文件 {name} 有 {count} 行比记录链新，还不能核对",
        "{count} rows of {name} are newer than the chain, and not checked yet",
    ),
    "score": (
        "计分卡 {figure}（{first} 至 {last}）公布 {count} / {of}，其中本链有 {own} / {all}",
        "Scorecard, {figure} from {first} to {last}: {count} of {of} are published, and {own} of"
        " {all} of these are in this chain",
    ),
    "score less": (
        "计分卡 {figure}（{first} 至 {last}）只公布 {count} / {of}，"
        "本链一家就有 {own} / {all}：计分卡少报",
        "Scorecard, {figure} from {first} to {last}: {count} of {of} are published, and this chain"
        " alone tells of {own} of {all}: too few are told",
    ),
    "nothing": ("文件 {name} 里没有可核对的内容", "Nothing to check in {name}"),
    "rulebook": ("规则手册 {number}", "rulebook {number}"),
    "plan": ("方案版本 {number}", "version of a plan {number}"),
    "agreement": ("数据共享协议 {number}", "version of the agreement {number}"),
    "terms changed": (
        "{terms}在第 {first} 条与第 {last} 条之间被改动，而发布的不应改动",
        "The {terms} was changed between place {first} and place {last}: what is published must"
        " never change",
    ),
    "two terms": (
        "{terms}有几份不同的文本",
        "There are different texts of the {terms}",
    ),
    "other terms": (
        "文件里的{terms}不是第 {place} 条记录所依据的那一份：有一份被改动",
        "The {terms} in the files is not the one that decided what stands at place {place}: one of"
        " them was changed",
    ),
    "terms": (
        "{count} 份规则手册、方案和数据共享协议与记录所依据的一致",
        "{count} rulebooks, plans and agreements are those that the chain goes by",
    ),
    "terms not named": (
        "有 {count} 份规则手册、方案或数据共享协议，记录里没有提到，无法核对",
        "{count} rulebooks, plans or agreements are not named in the chain, and not checked",
    ),
    "two chains": ("几份记录链的内容不一样", "The chains tell different histories"),
    "broken": (
        "{fault}；从第 {place} 条起不能相信",
        "{fault}; nothing from place {place} on can be trusted",
    ),
    "not signed": (
        "第 {place} 条的凭证不是用这把公钥签的，或被改过",
        "The receipt of place {place} is not signed by this key, or was changed",
    ),
    "contradictions": (
        "互相矛盾的凭证太多，没有全部核对",
        "Too many receipts contradict each other",
    ),
    "two heads": (
        "第 {place} 条签过两份不同的凭证：有两份历史",
        "Two different heads are signed for place {place}: two histories",
    ),
    "changed": (
        "第 {first} 至 {last} 条之间有改动：{time} 签过之后改的",
        "Something at places {first} to {last} was changed after {time}: it is not what was signed"
        " then",
    ),
    "proven": (
        "{dealer} 号公司的第 1 至 {last} 条（{begun} 到 {time}）与签名一致，没有改动",
        "Places 1 to {last} of dealer {dealer} ({begun} to {time}) are as they were signed",
    ),
    "no receipt": ("没有凭证能证明这条链", "No receipt proves anything of this chain"),
    "newer": (
        "另有 {count} 条比最后一份凭证新，还没有凭证能证明",
        "{count} more are newer than the last receipt, and not proven yet",
    ),
    "not read": ("读不到文件 {name}", "The file cannot be read: {name}"),
    "its key": (
        "只有当这把公钥与您自己记下的一样时才算数：{key}",
        "All of this counts only if this key is the one that you noted down yourself: {key}",
    ),
}


def said(found, **parts):
    """The two sentences of what was found, with these parts; one may itself be such a pair."""
    return tuple(
        sentence.format(
            **{name: it[n] if isinstance(it, tuple) else it for name, it in parts.items()}
        )
        for n, sentence in enumerate(WORDS[found])
    )


class Report:
    """What was found: each a pair of sentences, in Chinese and in English."""

    def __init__(self):
        self.proven, self.wrong, self.open, self.notes = [], [], [], []
        self.lost = []  # what the brand states to be lost
        self.until = 0  # the last place that is proven
        self.newer = 0  # links after the last receipt
        self.key = ""

    @property
    def verdict(self):
        if self.wrong:
            return WRONG
        if self.lost:
            return LOST
        return OPEN if self.open or not self.until else PROVEN


def signed(key, text, signature):
    """Whether ``signature`` is the Ed25519 signature (RFC 8032) of ``text`` by ``key``: bytes."""
    p, q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, p - 2, p) % p

    def point(data):
        y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
        if len(data) != 32 or y >= p:
            return None
        square = (y * y - 1) * pow(d * y * y + 1, p - 2, p) % p
        x = pow(square, (p + 3) // 8, p)
        if x * x % p != square:
            x = x * pow(2, (p - 1) // 4, p) % p
        if x * x % p != square or (x == 0 and sign):
            return None
        x = p - x if x % 2 != sign else x
        return x, y, 1, x * y % p

    def add(a, b):
        k, m = (a[1] - a[0]) * (b[1] - b[0]) % p, (a[1] + a[0]) * (b[1] + b[0]) % p
        t, z = 2 * a[3] * b[3] * d % p, 2 * a[2] * b[2] % p
        e, f, g, h = m - k, z - t, z + t, m + k
        return e * f % p, g * h % p, f * g % p, e * h % p

    def times(n, a):
        total = (0, 1, 1, 0)
        while n:
            total, a, n = (add(total, a) if n & 1 else total), add(a, a), n >> 1
        return total

    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    of_key, of_text = point(key), point(signature[:32])
    if of_key is None or of_text is None or s >= q:
        return False
    if times(8, of_key)[0] == 0 or times(8, of_text)[0] == 0:
        return False  # points of small order: by such a key anybody signs anything
    base = point((4 * pow(5, p - 2, p) % p).to_bytes(32, "little"))
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % q
    left, right = times(s, base), add(of_text, times(k, of_key))
    return (left[0] * right[2] - right[0] * left[2]) % p == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % p == 0


class Chain:
    """A chain as a file tells it: what of it holds, and the first thing that does not."""

    def __init__(self, kinds=()):
        self.dealer = ""
        self.kinds = kinds
        self.told = []  # of these kinds: at which place, and the words
        self.hashes = []  # of the links that hold, in order
        self.times = []
        self.rules = {}  # by which rulebooks and plans it was decided: hashes, and where first
        self.named = []  # the first of these, as they stand in what links tell
        self.answers = []  # to the agreement: what, to which version, at which place and when
        self.papers = {}  # the hashes of documents, and at which place each stands first
        self.fault = None

    def take(self, row):
        """Take the next row of the file, if all before it hold."""
        if self.fault is not None:
            return
        place = len(self.hashes) + 1
        before = self.hashes[-1] if self.hashes else NOTHING
        self.fault = self._unreadable(row, place) or self._unfit(row, place, before)
        if self.fault is None:
            self.dealer = row[0]
            self.hashes.append(row[6])
            self.times.append(row[2])
            self._note_rules(row[4], place)
            if row[3] in self.kinds:
                self.told.append((place, row[3], row[4]))
            if row[3] == "agreement":
                for event, number in ANSWER.findall(row[4]):
                    self.answers.append((event, number, place, row[2]))
            elif row[3] == "document":
                for paper in PAPER.findall(row[4]):
                    self.papers.setdefault(paper, place)

    def _note_rules(self, told, place):
        for known in self.named:  # most rows name what was named before: so they are told at once
            told = told.replace(known, "")
        if '"rules" : "' not in told:
            return
        for found in RULES.finditer(told):
            sort, number, hash_ = found.groups()
            self.rules.setdefault((sort, number), {}).setdefault(hash_, place)
            if len(self.named) < 20 and found[0] not in self.named:
                self.named.append(found[0])

    def _unreadable(self, row, place):
        if len(row) != len(COLUMNS) or not (
            DIGITS.fullmatch(row[0])
            and DIGITS.fullmatch(row[1])
            and TIME.fullmatch(row[2])
            and KIND.fullmatch(row[3])
        ):
            return said("unreadable", place=place)
        if self.dealer and row[0] != self.dealer:
            return said("another's", place=place)
        if row[1] == str(place):
            return None
        if int(row[1]) > place:
            return said("gap", first=place, last=int(row[1]) - 1)
        return said("misplaced", place=place)

    def _unfit(self, row, place, before):
        if row[5] != before:
            return said("unlinked", place=place)
        text = "|".join(["portal-link/1", *row[:5]])
        if hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest() != row[6]:
            return said("edited", place=place, time=row[2])
        if self.times and row[2] < self.times[-1]:
            return said("back-dated", place=place)
        return None


class Receipt:
    """A signed head of a chain: from a receipt, or from a day's root with its path."""

    def __init__(self, found, key):
        self.dealer, place, self.hash, self.time, self.signature = found
        self.place, self.key = int(place), key
        self.history = 0  # how often its place began anew before it was signed
        self.lost = False  # whether that was lost since
        self.before = None  # the statement of the loss that names it as the last one
        self._genuine = None

    @property
    def genuine(self):
        if self._genuine is None:
            text = f"portal-receipt/1 {self.dealer} {self.place} {self.hash} {self.time}"
            self._genuine = signed(self.key, text.encode(), bytes.fromhex(self.signature))
        return self._genuine


class Rooted(Receipt):
    """A head that stands in a root that is signed."""

    genuine = True

    def __init__(self, dealer, place, hash_, time):
        super().__init__((dealer, place, hash_, time, ""), b"")


def check(files):
    """What the files of a dealer prove, by name and bytes. Raises nothing, whatever is in them."""
    report, chains, texts, others = Report(), [], [], []
    tables, made, scores = [], [], []
    for name, content in sorted(files.items()):
        text = _unwrapped(content.decode("utf-8-sig", "replace"))
        if text.lstrip().startswith(",".join(COLUMNS[:3])):
            chains.append(text)
        elif _sort(text):
            tables.append((name, _sort(text), text))
        elif text.lstrip().startswith(",".join(SCORE_COLUMNS)):
            scores.append(text)
        elif MADE.search(text):
            made.append(MADE.search(text)[1])
        elif ANY.search(text) and not TOOL.match(text):
            texts.append(text)
        else:
            others.append((name, content))
    found = "\n".join(texts)
    stamps, others = _stamps(others)
    anchors, restarts = [], []
    for key in _key(report, found):
        receipts = sorted({it.groups() for it in RECEIPT.finditer(found)})
        anchors = [Receipt(parts, key) for parts in receipts]
        roots = _roots(report, key, found)
        _stamped(report, roots, found, stamps)
        anchors += _rooted(report, roots, found)
        restarts = _restarts(report, key, found)
        anchors += [head for each in restarts for head in each.heads()]
        _told_apart(report, restarts, anchors)
    readable = sum(
        len(it.findall(found)) for it in (RECEIPT, ROOT, PATH, KEY, RESTART, TERMS, AGREEMENT)
    )
    if unread := len(ANY.findall(found)) - readable:
        report.wrong.append(said("torn", count=unread))
    kinds = {TABLES[sort][0] for _name, sort, _text in tables}
    kinds |= set(YOUNG) if kinds & set(YOUNG) else set()
    kinds |= {each[0] for each in SCORED.values()} if scores else set()
    chain = _compare(report, [_chain(each, kinds) for each in chains], anchors)
    whose = chain.dealer if chain else ""  # a chain that has not begun anew names nobody
    report.lost += [it.told for it in restarts if whose in ("", it.dealer)]
    _decided(report, chain, found)
    _answered(report, chain)
    _papers(report, chain, others)
    _held(report, chain, tables, made)
    _scored(report, chain, scores)
    return report


def _unwrapped(text):
    """A mail as it was saved, with its parts as they are read; any other text as it is."""
    if not WRAPPED.search(text):
        return text
    parts, encoding, body = [], "", None
    for line in [*re.split(r"\r\n|\r|\n", text), "--"]:
        if line.startswith("--"):  # here a part ends, and the next begins with its head
            if encoding and body:
                parts.append(_decoded(encoding, body))
            encoding, body = "", None
        if body is not None and encoding:
            body.append(line)
            continue
        parts.append(line)
        if body is None and not line:
            body = []
        elif body is None and (found := WRAPPED.fullmatch(line)):
            encoding = found[1].lower()
    return "\n".join(parts)


def _decoded(encoding, lines):
    if encoding == "base64":
        text = re.sub("[^A-Za-z0-9+/]", "", "".join(lines))
        text = text[: len(text) - (len(text) % 4 == 1)]
        content = base64.b64decode(text + "=" * (-len(text) % 4))
    else:
        text = re.sub(r"=[ \t]*\n", "", "\n".join(lines)).encode()
        content = re.sub(rb"=([0-9A-Fa-f]{2})", lambda it: bytes.fromhex(it[1].decode()), text)
    return content.decode("utf-8", "replace")


def _key(report, text):
    """The one public key of the files, if there is one."""
    keys = {each[1] for each in KEY.finditer(text)}
    if len(keys) > 1:
        report.wrong.append(said("keys"))
    elif not keys:
        report.open.append(said("no key"))
    if len(keys) != 1:
        return []
    (report.key,) = keys
    return [bytes.fromhex(report.key)]


def _chain(text, kinds=()):
    chain = Chain(kinds)
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(io.StringIO(text.lstrip(), newline=""))
    try:
        if next(rows) != COLUMNS:
            chain.take([])
        for row in rows:
            if row:
                chain.take(row)
    except (csv.Error, StopIteration):
        chain.take([])
    return chain


def _roots(report, key, text):
    """The roots that are signed, by day; what is wrong with them is told."""
    found, tried, unread, named = {}, 0, 0, None
    for day, count, root, before, time, signature in sorted(
        {it.groups() for it in ROOT.finditer(text)}, reverse=True
    ):
        words = f"portal-root/1 {day} {count} {root} {before} {time}"
        # The one that a signed root names as the one before it is signed with that.
        linked = hashlib.sha256(words.encode()).hexdigest() == named
        if not linked and tried == MOST:
            unread += 1
            continue
        tried += not linked
        if not linked and not signed(key, words.encode(), bytes.fromhex(signature)):
            report.wrong.append(said("root not signed", day=day))
        elif found.get(day, (words,))[0] != words:
            report.wrong.append(said("two roots", day=day))
        else:
            found[day] = (words, root, int(count), time, before)
            named = before
    days = sorted(found)
    for earlier, later in zip(days, days[1:]):  # noqa: B905, RUF007 -- for older Pythons too
        _following(report, earlier, later, found)
    if unread:
        report.open.append(said("roots not checked", count=unread))
    if found:
        newest = hashlib.sha256(found[days[-1]][0].encode()).hexdigest()
        print_ = " ".join(re.findall("....", newest[:32]))
        report.notes.append(said("roots", count=len(found), day=days[-1], print=print_))
    return found


def _following(report, earlier, later, roots):
    """Whether the root of a day follows that of a day before."""
    follows = hashlib.sha256(roots[earlier][0].encode()).hexdigest() == roots[later][4]
    gap = max(_days_between(earlier, later) - 1, 0)
    if gap and follows:
        report.notes.append(said("days without root", first=earlier, last=later, count=gap))
    elif gap:
        report.notes.append(said("days not here", first=earlier, last=later, count=gap))
    elif not follows:
        report.wrong.append(said("root unlinked", first=earlier, last=later))


def _stamps(others):
    """Which of these files are time stamps, with what each names; and those that are none."""
    stamps, left = [], []
    for name, content in others:
        stamp = named_by(content)
        if stamp:
            stamps.append((name, *stamp))
        else:
            left.append((name, content))
    return stamps, left


def named_by(content):
    """What a time stamp (RFC 3161, DER) names: a SHA-256, a moment, whether it is a local one.

    Nothing where it is none, or over no SHA-256. Who signed it is not looked at.
    """
    if content[:1] != b"0" or len(content) > LARGEST_STAMP:
        return None
    told = _elements(_inside(content, 0, 1, 1, 0, 2, 1, 0, 0))
    if _inside(content, 0, 0, 0) != b"\0" or len(told) < 5:
        return None
    if _inside(content, 0, 1, 1, 0, 2, 0).hex() != STAMP or _inside(told[2], 0, 0).hex() != SHA256:
        return None
    digest = _inside(told[2], 1)
    moment = STAMPED_AT.fullmatch(told[4].decode("latin-1"))
    if len(digest) != 32 or not moment:
        return None
    year, month, day, hour, minute, second = moment.groups()
    time = f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
    return digest.hex(), time, told[1].hex() == LOCAL


def _inside(content, *path):
    """What stands in the element of an element that these numbers lead to; nothing: no such one."""
    for number in path:
        found = _elements(content)
        if number >= len(found):
            return b""
        content = found[number]
    return content


def _elements(content):
    """The contents of the elements of a DER text, one after the other; none of what is torn."""
    at, found = 0, []
    while at + 2 <= len(content):
        size, at = content[at + 1], at + 2
        if size > 127:
            digits = content[at : at + size - 128]
            if not 0 < len(digits) == size - 128 < 5:
                return []
            size, at = int.from_bytes(digits, "big"), at + len(digits)
        if at + size > len(content):
            return []
        found.append(content[at : at + size])
        at += size
    return found if at == len(content) else []


def _stamped(report, roots, text, stamps):
    """Tell which roots stamps are over, and when they say that it was there."""
    days = {}
    for it in ROOT.finditer(text):
        if it[1] in roots and roots[it[1]][0] == it[0].rpartition(" ")[0]:
            days[hashlib.sha256(it[0].encode()).hexdigest()] = it[1]
    found = {"stamp": [], "local stamp": []}
    for name, digest, time, local in stamps:
        if digest in days:
            sort = "local stamp" if local else "stamp"
            found[sort].append((days[digest], time, name, digest))
        else:
            report.notes.append(said("stamp of none", name=name))
    for sort, those in found.items():
        if those:
            day, time, name, digest = max(those)
            parts = {"day": day, "time": time, "name": name, "digest": digest}
            report.notes.append(said(sort, count=len(those), **parts))
    for day, time, _name, _digest in sorted(found["stamp"]):
        if _days_between(roots[day][3], time) > 1:
            report.notes.append(said("stamped late", day=day, signed=roots[day][3], time=time))
    if roots and not found["stamp"] and not found["local stamp"]:
        report.notes.append(said("no stamp"))


def _days_between(earlier, later):
    """How many days the day of a moment is after that of another."""
    try:
        first, last = date.fromisoformat(earlier[:10]), date.fromisoformat(later[:10])
    except ValueError:
        return 0
    return (last - first) // timedelta(days=1)


def _rooted(report, roots, text):
    """The heads whose paths lead to the root of their day."""
    heads = []
    for day, dealer, place, hash_, blind, index, count, steps in sorted(
        {it.groups() for it in PATH.finditer(text)}
    ):
        if day not in roots:
            report.notes.append(said("no root", day=day))
            continue
        _words, root, many, time, _before = roots[day]
        leaf = hashlib.sha256(f"\0{dealer} {place} {hash_} {blind}".encode()).digest()
        path = [bytes.fromhex(each) for each in re.findall(_HEX, steps)]
        if int(count) == many and climbed(leaf, int(index), many, path).hex() == root:
            heads.append(Rooted(dealer, place, hash_, time))
        else:
            report.wrong.append(said("not in root", place=place, day=day))
    return heads


class Restart:
    """What the brand states to be lost of a chain: it signed places up to ``last``, and has not."""

    def __init__(self, parts):
        self.dealer, place, self.hash, last, self.last_hash, self.time, self.signature = parts
        self.kept, self.last = int(place), int(last)

    def genuine(self, key):
        words = f"{self.dealer} {self.kept} {self.hash} {self.last} {self.last_hash} {self.time}"
        signature = bytes.fromhex(self.signature)
        return signed(key, f"portal-restart/1 {words}".encode(), signature)

    def lost(self, head):
        """Whether a head is of the history that was lost."""
        return head.time[:19] < self.time[:19] or head.before is self

    def heads(self):
        """The heads that it names: the last that stays, and the last that was signed before it."""
        gone = Rooted(self.dealer, self.last, self.last_hash, self.time)
        gone.before = self
        kept = Rooted(self.dealer, self.kept, self.hash, self.time)
        return [gone, kept] if self.kept else [gone]

    @property
    def told(self):
        return said("lost", dealer=self.dealer, first=self.kept + 1, last=self.last, time=self.time)


def _restarts(report, key, text):
    """The stated restarts that are signed, the earliest first; what is wrong with them is told."""
    lines = sorted((Restart(it.groups()) for it in RESTART.finditer(text)), key=lambda it: it.time)
    found = []
    for each in lines[:MOST]:
        if each.genuine(key):
            found.append(each)
        else:
            report.wrong.append(said("loss not signed", time=each.time))
    if len(lines) > MOST:
        report.wrong.append(said("many losses"))
    return found


def _told_apart(report, restarts, anchors):
    """Note which heads are of a history that is stated to be lost, and told what contradicts it."""
    for head in anchors:
        for each in restarts:
            if each.dealer != head.dealer or head.place <= each.kept:
                continue
            if not each.lost(head):
                head.history += 1
                continue
            head.lost = True
            if head.place > each.last and head.genuine:
                report.wrong.append(
                    said("more lost", place=head.place, time=head.time, last=each.last)
                )
            break


def climbed(leaf, index, count, path):
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2); nothing: to none."""
    if index >= count:
        return b""
    at, last, node = index, count - 1, leaf
    for step in path:
        if last == 0:
            return b""
        if at & 1 or at == last:
            node = hashlib.sha256(b"\x01" + step + node).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + step).digest()
        at, last = at >> 1, last >> 1
    return node if last == 0 else b""


def _compare(report, chains, anchors):
    """Hold the chain against what was signed for it."""
    _histories(report, anchors)
    for it in [it for it in anchors if it.lost][-MOST:]:
        if not it.genuine:
            _not_signed(report, it)
    anchors = [it for it in anchors if not it.lost]
    if not chains:
        report.open.append(said("no chain"))
        if good := len(_genuine(report, anchors)):
            report.notes.append(said("signed", count=good))
        return None
    chain = _one(report, chains)
    own = [it for it in anchors if it.dealer == chain.dealer or not chain.dealer]
    own.sort(key=lambda it: (it.place, it.time))
    if foreign := len(anchors) - len(own):
        report.open.append(said("foreign", dealer=chain.dealer, count=foreign))
    length = len(chain.hashes)
    held = [it for it in own if 0 < it.place <= length]
    same = _genuine(report, [it for it in held if chain.hashes[it.place - 1] == it.hash])
    report.until = max((it.place for it in same), default=0)
    other = [it for it in held if chain.hashes[it.place - 1] != it.hash]
    _changed(report, same, _genuine(report, other))
    beyond = _genuine(report, [it for it in own if not 0 < it.place <= length])
    if beyond and chain.fault is None:
        last = beyond[-1]
        report.wrong.append(said("cut", first=length + 1, last=last.place, time=last.time))
    _conclude(report, chain)
    return chain


def _answered(report, chain):
    """Tell what the chain says that was signed, and what was refused."""
    for event, number, place, time in chain.answers if chain else ():
        found = "agreed" if event == "signed" else "not agreed"
        report.notes.append(said(found, place=place, number=number, time=time))


def _papers(report, chain, others):
    """Hold papers against the hashes that the chain names."""
    for name, content in others:
        place = chain.papers.get(hashlib.sha256(content).hexdigest()) if chain else None
        if place is not None:
            report.notes.append(said("paper", name=name, place=place))
        elif chain and content.removeprefix(BOM).startswith((PDF, LINES)):
            report.open.append(said("another paper", name=name))
        else:
            report.notes.append(said("nothing", name=name))


def _decided(report, chain, text):
    """Hold rulebooks, plans and agreements against what the chain says that it goes by."""
    given = {}
    for sort, number, words in TERMS.findall(text):
        given.setdefault((sort, number), set()).add(hashlib.sha256(words.encode()).hexdigest())
    for number, words in AGREEMENT.findall(text):
        hash_ = hashlib.sha256(words.encode()).hexdigest()
        given.setdefault(("agreement", number), set()).add(hash_)
    fitting, unnamed = 0, 0
    for key in sorted({*given, *(chain.rules if chain else ())}):
        terms = said(key[0], number=key[1])
        named = chain.rules.get(key, {}) if chain else {}
        places = sorted(named.values())
        if len(places) > 1:
            report.wrong.append(said("terms changed", terms=terms, first=places[0], last=places[1]))
        found = given.get(key, set())
        if len(found) > 1:
            report.wrong.append(said("two terms", terms=terms))
        elif found and named and not found <= set(named):
            report.wrong.append(said("other terms", terms=terms, place=places[0]))
        elif found and named:
            fitting += 1
        elif found:
            unnamed += 1
    if fitting:
        report.notes.append(said("terms", count=fitting))
    if unnamed:
        report.notes.append(said("terms not named", count=unnamed))


def _sort(text):
    """Which table of a pack a text is, by the columns that it names first; nothing: it is none."""
    names = text.lstrip().split("\n", 1)[0].rstrip("\r").split(",")
    for sort, (_kind, _inner, pairs) in TABLES.items():
        if {each for column, _key in pairs for each in column.split("|")} <= set(names):
            return sort
    return ""


def _held(report, chain, tables, made):
    """Hold tables of a pack against what the links tell, row by row."""
    if not chain or not chain.times:
        return
    if tables and made:
        report.notes.append(said("pack", time=min(made)))
    elif tables:
        report.open.append(said("no pack"))
    for name, sort, text in tables:
        try:
            rows = list(csv.reader(io.StringIO(text.lstrip(), newline="")))
        except csv.Error:
            rows = []
        wanted, since = _wanted(chain, sort)
        given = list(_given(sort, [row for row in rows if row]))
        _tell_rows(report, name, _fitted(chain, sort, wanted, since, given))
        _tell_missing(report, name, _missing(chain, wanted, given, made))


def _wanted(chain, sort):
    """What the links tell of such a table, and at which places; and since when they tell all."""
    kind, inner, pairs = TABLES[sort]
    wanted, since = {}, ""
    if kind in YOUNG:
        young = [place for place, of, _words in chain.told if of in YOUNG]
        since = _instant(chain.times[young[0] - 1]) if young else NEVER
    for place, of, words in chain.told:
        for record in _records(words, inner) if of == kind else ():
            if all(key in record or key in LATER for _column, key in pairs):
                key = tuple(_plain(record.get(key)) for _column, key in pairs)
                wanted.setdefault(key, []).append(place)
            elif kind not in YOUNG:  # these tell of more than the table has
                since = _instant(chain.times[place - 1])
    for places in wanted.values():
        places.reverse()  # the first is taken first, from the end
    return wanted, since


def _given(sort, rows):
    """The rows of a table as they are compared, each with its number."""
    for number, row in enumerate(rows[1:], 2):
        cells = dict(zip(rows[0], row))  # noqa: B905 -- for older Pythons too
        if sort == "history" and cells.get("event") == "started" and cells.get("registration"):
            continue  # the link of the registration tells of it
        given = tuple(_compared(cells, *pair) for pair in TABLES[sort][2])
        if given[0]:  # else it has not happened yet
            yield number, given


def _compared(cells, column, key):
    cell = "|".join(_unguarded(cells.get(each) or "") for each in column.split("|"))
    if key in HASHED:
        return hashlib.sha256(cell.encode("utf-8", "replace")).hexdigest()
    if key == "component" and cell.endswith("-adjustment"):
        cell = cell[: -len("-adjustment")]
    return _plain(cell)


def _fitted(chain, sort, wanted, since, given):
    """How many rows fit, which do not, and how many are older or newer than the chain.

    What fits is not wanted any more.
    """
    named = {key[0] for key in wanted}
    last = _instant(chain.times[-1])
    first = min([_instant(chain.times[0]), *(each for each in named if each[:1] == "@")])
    first = max(first, since)
    later = TABLES[sort][2][-1][1] in LATER
    others = {}
    for key in wanted if sort == "results" else ():
        others.setdefault((key[:BASE], key[BASE + 1 :]), []).append(key)
    fitting, unknown, before, newer = 0, [], 0, 0
    for number, row in given:
        places = wanted.get(row) or (later and wanted.get((*row[:-1], "")))
        if not places and sort == "results":
            places = _rounded(others, wanted, row)
        dated = row[0].startswith("@")
        if places:
            places.pop()
            fitting += 1
        elif dated and row[0] > last:
            newer += 1
        elif (dated and row[0] < first) or (not dated and row[0] not in named):
            before += 1
        else:
            unknown.append(number)
    return fitting, unknown, before, newer


def _rounded(others, wanted, row):
    """The places of a result of which packs of before have the base to the cent, and links all."""
    for key in others.get((row[:BASE], row[BASE + 1 :]), ()):
        told, cell = ROUNDED.fullmatch(key[BASE]), ROUNDED.fullmatch(row[BASE])
        if wanted[key] and told and cell:
            exact, near = (int(it[1] + (it[2] or "").ljust(4, "0")) for it in (told, cell))
            if len(cell[2] or "") <= CENTS and abs(exact - near) <= HALF_A_CENT:
                return wanted[key]
    return []


def _missing(chain, wanted, given, made):
    """The places of what is told and is in no row, though it was there when the table was made."""
    named = {row[0] for _number, row in given}
    until = min(map(_instant, made)) if made else max(named, default="")
    return sorted(
        place
        for key, places in wanted.items()
        for place in places
        if (_instant(chain.times[place - 1]) <= until if until[:1] == "@" else key[0] in named)
    )


def _tell_rows(report, name, found):
    fitting, unknown, before, newer = found
    if fitting:
        report.notes.append(said("rows", name=name, count=fitting))
    if unknown:
        report.wrong.append(said("row changed", name=name, count=len(unknown), row=unknown[0]))
    if before:
        report.open.append(said("rows before", name=name, count=before))
    if newer:
        report.notes.append(said("rows newer", name=name, count=newer))


def _tell_missing(report, name, missing):
    if missing:
        report.wrong.append(said("row missing", name=name, count=len(missing), place=missing[0]))


def _records(words, inner):
    """What a link tells, one after the other; nothing of what cannot be read."""
    bare = BARE.sub(lambda it: it[0] if it[0][0] == '"' else f'"{it[0]}"', words)
    try:
        told = json.loads(bare, parse_constant=int)
    except (ValueError, RecursionError):
        return []
    records = _objects(told.get("told") if isinstance(told, dict) else told)
    if not inner:
        return records
    return [
        {"number": record.get("number"), **each}
        for record in records
        for each in _objects(record.get(inner))
    ]


def _objects(told):
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _unguarded(cell):
    return cell[1:] if GUARDED.match(cell) else cell


def _plain(cell):
    """A cell in the one way in which it is compared, however it was written."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if not isinstance(cell, str):
        return ""
    amount = AMOUNT.fullmatch(cell)
    if amount:
        whole = f"{amount[1]}.{amount[2]}" if amount[2] else amount[1]
        return "0" if whole == "-0" else whole
    return _instant(cell)


def _instant(text):
    """A moment as one that sorts, whatever zone it is told in; any other text as it is."""
    it = INSTANT.fullmatch(text)
    if not it:
        return text
    try:
        days = date(int(it[1]), int(it[2]), int(it[3])).toordinal()
    except ValueError:
        return text
    zone = "" if it[8] == "Z" else it[8].replace(":", "")
    away = (int(zone[1:3]) * 60 + int(zone[3:] or 0)) * (-1 if zone[0] == "-" else 1) if zone else 0
    seconds = (days * 24 + int(it[4])) * 3600 + (int(it[5]) - away) * 60 + int(it[6])
    return f"@{max(seconds, 0):012}.{(it[7] or '').ljust(6, '0')}"


def _scored(report, chain, scores):
    """Hold the public scorecard against this dealer's own part of it: none is more than all."""
    for text in scores if chain else ():
        try:
            rows = list(csv.reader(io.StringIO(text.lstrip(), newline="")))
        except csv.Error:
            rows = []
        for row in rows[1:]:
            if len(row) >= len(SCORE_COLUMNS) and row[0] in SCORED:
                _score(report, chain, row)


def _score(report, chain, row):
    figure, first, last, count, of = row[: len(SCORE_COLUMNS)]
    if not DIGITS.fullmatch(count) or not DIGITS.fullmatch(of):
        return
    kind, counted, hit = SCORED[figure]
    own, every = 0, 0
    for _place, told_of, words in chain.told:
        for record in _records(words, "") if told_of == kind else ():
            recorded = record.get(COUNTED_BY.get(kind, "at"))
            at = _plain(record.get("at") if recorded is None else recorded)
            if _instant(first) <= at < _instant(last) and _has(record, counted):
                every += 1
                own += hit is not None and _has(record, hit)
    parts = {"figure": figure, "first": first, "last": last, "count": count, "of": of}
    if every > int(of) or own > int(count):
        report.wrong.append(said("score less", own=own, all=every, **parts))
    elif every:
        shown = "?" if hit is None else own
        report.notes.append(said("score", own=shown, all=every, **parts))


def _has(record, wanted):
    """Whether a link tells of each of these one of the values, or anything where none is named."""
    return all(
        _plain(record.get(key)) in values if values else _plain(record.get(key)) != ""
        for key, values in wanted.items()
    )


def _one(report, chains):
    """The longest of the chains, of which the others must be the beginning."""
    chain = max(chains, key=lambda it: len(it.hashes))
    for other in chains:
        shared = len(other.hashes)
        if other.dealer != chain.dealer or other.hashes != chain.hashes[:shared]:
            report.wrong.append(said("two chains"))
        if other.fault is not None:
            report.wrong.append(said("broken", fault=other.fault, place=shared + 1))
    return chain


def _genuine(report, anchors):
    """Those that are signed by the key, of the newest; others are told."""
    found = []
    for it in anchors[-MOST:]:
        if it.genuine:
            found.append(it)
        else:
            _not_signed(report, it)
    return found


def _not_signed(report, receipt):
    report.wrong.append(said("not signed", place=receipt.place))


def _histories(report, anchors):
    """Whether two heads were signed for one place."""
    places, tried = {}, 0
    for it in anchors:
        first = places.setdefault((it.dealer, it.place, it.history), it)
        if first.hash == it.hash:
            continue
        tried += 1
        if tried > MOST:
            report.wrong.append(said("contradictions"))
            return
        if not first.genuine:
            places[it.dealer, it.place, it.history] = it
        elif it.genuine:
            report.wrong.append(said("two heads", place=it.place))
            return


def _changed(report, same, other):
    """What was signed and is another one now: between which places, and since when."""
    if not other:
        return
    first = other[0]
    good = max((it.place for it in same if it.place < first.place), default=0)
    report.until = min(report.until, good)
    report.wrong.append(said("changed", first=good + 1, last=first.place, time=first.time))


def _conclude(report, chain):
    """What is proven, and what is newer than that."""
    report.newer = len(chain.hashes) - report.until
    if report.until:
        report.proven.append(
            said(
                "proven",
                dealer=chain.dealer,
                last=report.until,
                begun=chain.times[0],
                time=chain.times[report.until - 1],
            )
        )
    elif not report.wrong:
        report.open.append(said("no receipt"))
    if report.newer and not report.wrong:
        report.notes.append(said("newer", count=report.newer))


def told(report):
    """The report in words, Chinese first."""
    lines = [*VERDICTS[report.verdict], ""]
    for mark, found in (
        ("✗", report.wrong), ("✗", report.lost), ("✓", report.proven), ("?", report.open),
        ("·", report.notes),
    ):  # fmt: skip
        for chinese, english in found:
            lines += [f"{mark} {chinese}。", f"  {english}."]
    if report.key:
        chinese, english = said("its key", key=report.key)
        lines += [f"! {chinese}", f"  {english}"]
    return "\n".join(lines)


def _beside(here):
    """The files in the folder of this one, and the tables of the pack that it is a part of."""
    own = [it for it in here.iterdir() if it.suffix in (".csv", ".txt", ".tsr")]
    manifest = here.parent / "manifest.json"
    if manifest.is_file():
        own += [manifest, *(here.parent / "data").glob("*.csv")]
    return sorted(own)


def main(arguments):
    """Check the files of these names; how it ended, as the program's answer."""
    here = Path(__file__).resolve().parent
    paths = [Path(each) for each in arguments] or _beside(here)
    files, unread = {}, []
    for path in paths:
        try:
            files[str(path)] = path.read_bytes()
        except OSError as problem:
            unread.append(f"{path}: {problem.strerror}")
    report = check(files)
    for each in unread:
        report.open.append(said("not read", name=each))
    sys.stdout.buffer.write(f"{told(report)}\n".encode("utf-8", "replace"))
    return report.verdict


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
