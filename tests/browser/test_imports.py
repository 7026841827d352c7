"""An owner brings a list of customers from a spreadsheet, on a phone and at a desk."""

import pytest
from playwright.sync_api import expect

from customers.models import Registration
from dealers.models import FileImport, ImportState
from tests.factories.customers import RulebookFactory

pytestmark = pytest.mark.django_db(transaction=True)

LIST = """姓名,手机号,日期,同意
王小一,138 0013 8001,2026/11/20,是
李小二,13800138002,2026年11月21日,同意
张小三,1380013800,2026-11-21,是
"""


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_a_list_is_checked_confirmed_and_imported(browse, owner, sound, width, theme):
    RulebookFactory()
    page = browse(owner, width=width, theme=theme)
    page.goto("/imports/")
    sound(page)
    page.set_input_files(
        "[name=files]",
        {"name": "顾客.csv", "mimeType": "text/csv", "buffer": LIST.encode("gb18030")},
    )
    page.get_by_role("button", name="上传并检查").click()

    expect(page.get_by_text("GB18030")).to_be_visible()
    expect(page.get_by_text("1380013800", exact=False).first).to_be_visible()
    sound(page)
    page.get_by_role("button", name="导入", exact=True).click()

    expect(page.get_by_role("heading", name="导入结果")).to_be_visible()
    sound(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载 1 行未通过的内容").click()
    assert "手机号" in taken.value.path().read_text("utf-8-sig")
    assert Registration.objects.count() == 2
    assert FileImport.objects.get().state == ImportState.REJECTED


def test_headquarters_gets_there_from_the_admin(browse, hq, sound):
    page = browse(hq, language="en")
    page.goto("/admin/dealers/fileimport/")
    page.get_by_role("link", name="Import files").click()
    expect(page.get_by_role("heading", name="Import files")).to_be_visible()
    sound(page)
