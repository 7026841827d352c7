"""Computes anew which store each lead came to, from nothing but what a dealer can download.

    python tests/recompute_dispatch.py FOLDER

Plain Python, and nothing of the portal's. FOLDER has a folder for each dealer, with what its owner
got: the data.json of each choice in which a store of theirs was asked (any names, *.json), and that
of the fairness table (fairness.json). Prints what was compared and each difference; exit 1 if there
is one.

The order, as the portal's page says it: the nearest distance band, then the fewest leads received
for the store's weight, then the best conversion band, then the lowest id. A store that is closed,
takes no leads, does not sell what is wanted, has nobody certified at its dealer where the terms ask
for it, was asked before, or has as many in hand as it may, is none of them.
"""

import json
import sys
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cmp_to_key
from pathlib import Path
from typing import Any


def band_of(metres: int | None, ends: list[int]) -> int:
    if metres is None:
        return len(ends)
    place = 0
    while place < len(ends) and metres > ends[place]:
        place += 1
    return place


def conversion_of(store: dict[str, Any], terms: dict[str, Any]) -> int:
    begins = terms["conversion_bands"]
    if store["mature"] < terms["mature_least"]:
        return len(begins) // 2
    place = 0
    while place < len(begins) and store["converted"] * 100 < begins[place] * store["mature"]:
        place += 1
    return place


def compare(one: dict[str, Any], other: dict[str, Any]) -> int:
    """Below 0 where ``one`` goes before ``other``; shares by their cross products."""
    for key in ("_band", "_share", "_conversion", "number"):
        if key == "_share":
            a, b = one["received"] * other["weight"], other["received"] * one["weight"]
        else:
            a, b = one[key], other[key]
        if a != b:
            return -1 if a < b else 1
    return 0


def differences(choice: dict[str, Any]) -> list[str]:
    """What a choice says otherwise than its inputs."""
    found, fitting, terms = [], [], choice["terms"]
    for store in choice["stores"]:
        store["_band"] = band_of(store["metres"], terms["bands"])
        store["_conversion"] = conversion_of(store, terms)
        if (store["_band"], store["_conversion"]) != (store["band"], store["conversion_band"]):
            found.append(f"bands of {store['name']}")
        full = store["in_hand"] >= store["capacity"]
        if store["why_not"] in {"closed", "takes_none", "not_sold", "uncertified", "asked"}:
            continue
        if full is not (store["why_not"] == "full"):
            found.append(f"{store['name']} has {store['in_hand']} of {store['capacity']} in hand")
        if not full:
            fitting.append(store)
    fitting.sort(key=cmp_to_key(compare))
    for place, store in enumerate(fitting, 1):
        if store["place"] != place:
            found.append(f"{store['name']} is {place}, not {store['place']}")
    ranked = [store for store in choice["stores"] if store["place"] is not None]
    if len(ranked) != len(fitting):
        found.append(f"{len(ranked)} stores have a place, {len(fitting)} may have one")
    return [f"lead {choice['lead']}, attempt {choice['attempt']}: {each}" for each in found]


def shares(table: dict[str, Any]) -> list[str]:
    """Where the fair share is another one than the weight's part of all that was received.

    A table of the dealer's own stores alone has none.
    """
    stores = [store for store in table["stores"] if "fair" in store]
    received, weights = sum(it["received"] for it in stores), sum(it["weight"] for it in stores)
    found = []
    for store in stores:
        fair = (Decimal(received * store["weight"]) / weights).quantize(
            Decimal("0.1"), ROUND_HALF_EVEN
        )
        if str(fair) != store["fair"]:
            found.append(f"fair share of {store['name'] or 'a store'}: {fair}, not {store['fair']}")
    return found


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(folder: Path) -> int:
    choices, came, wrong = 0, Counter(), []
    tables = {}
    for dealer in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(dealer.glob("*.json")):
            said = json.loads(path.read_text(encoding="utf-8"))
            if path.name == "fairness.json":
                tables[dealer.name] = said
                continue
            choices += 1
            wrong += differences(said)
            first = min(
                (it for it in said["stores"] if it["place"]), key=lambda it: it["place"], default={}
            )
            if first.get("yours"):
                came[dealer.name, first["name"]] += 1
    rows = 0
    for dealer, table in tables.items():
        wrong += shares(table)
        for store in table["stores"]:
            if (dealer, store["name"]) not in came and not store["received"]:
                continue
            if store["name"] and any(name == store["name"] for who, name in came if who == dealer):
                rows += 1
                # What was declined or taken back does not count as received.
                counted = store["received"] + store["declined"]
                if counted != came[dealer, store["name"]]:
                    wrong.append(
                        f"{store['name']}: {came[dealer, store['name']]} choices came to it, the"
                        f" table has {counted}"
                    )
    say(f"{choices:,} choices and {rows:,} rows of the table computed anew: {len(wrong)} differ")
    for each in wrong[:50]:
        say(f"  {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
