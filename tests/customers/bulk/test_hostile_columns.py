"""What does not belong there, in every column of a file: told or taken, and sound either way."""

import pytest

from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.models import Order, Registration
from customers.verification import checks
from tests.customers.bulk.files import COLUMNS, load, order, registration, write
from tests.factories.dealers import OwnerFactory

pytestmark = pytest.mark.usefixtures("english")

HOSTILE = (
    *(
        "",
        " ",
        "-1",
        "0",
        "9" * 30,
        "1e400",
        "NaN",
        "0x1F",
        "１２",
        "²",
        "a\0b",
        "a\tb",
        '"',
        "\\N",
    ),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z", "infinity"),
    *("\u202e\u2066", "\ufeff=1+1", "=cmd|'/c calc'!A0", "👪", "%s{{a}}", "x" * 5000, "S2", "S9"),
)


def is_sound(shops, login, hq):
    """Nothing contradicts what is on file, and the pages that show it open."""
    assert [name for name, holds, _detail in checks() if not holds] == []
    owner, headquarters = login(OwnerFactory(dealer=shops[0].dealer)), login(hq)
    for client, page in (
        (owner, "/customers/?view=all&state=any"),
        (owner, "/earnings/2026-01/"),
        (headquarters, "/admin/customers/registration/"),
        (headquarters, "/admin/customers/order/"),
    ):
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize("column", REGISTRATION_COLUMNS)
def test_no_value_of_a_registration_leaves_what_cannot_be(shops, login, hq, tmp_path, column):
    odd = [registration(n, **{column: value}) for n, value in enumerate(HOSTILE, 2)]
    rows = [registration(1), *odd, registration(99)]

    status, said = load(
        "import_registrations", write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)
    )

    assert status in {0, 1}, said
    keys = set(Registration.objects.values_list("key", flat=True))
    assert {"import:REG-1", "import:REG-99"} <= keys
    is_sound(shops, login, hq)


@pytest.mark.parametrize("column", COLUMNS)
def test_no_value_of_an_order_leaves_what_cannot_be(shops, login, hq, tmp_path, column):
    load(
        "import_registrations",
        write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration()]),
    )
    odd = [order(n, **{column: value}) for n, value in enumerate(HOSTILE, 2)]
    rows = [order(1), *odd, order(99)]

    status, said = load("import_orders", write(tmp_path / "o.csv", COLUMNS, rows))

    assert status in {0, 1}, said
    numbers = set(Order.objects.values_list("external_id", flat=True))
    assert {"O1", "O99"} <= numbers
    is_sound(shops, login, hq)
