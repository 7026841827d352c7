"""Events as the engine's tests write them."""


def plans(components, **plan):
    if not isinstance(components, list):
        components = [components]
    named = [{"code": f"c{n}", **component} for n, component in enumerate(components)]
    return [{"code": "p", "name": "Plan", "from": "2017-01-01", "components": named, **plan}]


def said(lines):
    """Lines as texts: month, component, event, amount, reason."""
    return [
        " ".join(
            filter(None, [f"{line.month:%m}", line.component, line.external_id,
                          str(line.amount), line.reason])
        )
        for line in lines
    ]  # fmt: skip


def sale(external_id, net, day="05", **values):
    """A sale of dealer D1 at its own store in March 2017, unless something else is said."""
    month = values.pop("month", "03")
    return {
        "kind": "sale", "external_id": external_id, "at": f"2017-{month}-{day}T10:00:00+08:00",
        "dealer": "D1", "staff": "P1", "region": "R1", "sold_by": "own", "quantity": 1,
        "net": net, **values,
    }  # fmt: skip


def back(external_id, of, net, day="20", **values):
    """A return of a sale."""
    return sale(
        external_id, net, day, **{"kind": "return", "returns": of, "dealer": "D2", **values}
    )


def total(lines):
    return sum(line.amount for line in lines)
