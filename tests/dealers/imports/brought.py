"""Files as people bring them, and what was found in one."""

import io

import xlsxwriter

BY_HAND = """永康街店 顾客名单,,,,
,,,,
姓名,手机号,日期,同意,备注
王小一,138 0013 8001,2026/11/20,是,喜欢蓝色
李小二,13800138002,2026年11月21日,同意,
张小三,1380013800,2026-11-21,是,
赵小四,13800138004,2026-11-22,否,
"""


def book(*rows):
    """A workbook with these rows, days as days."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"default_date_format": "yyyy-mm-dd"}) as file:
        sheet = file.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return made.getvalue()


def counts(upload):
    part = upload.files.get()
    return part.rows, part.accepted, part.repeated, part.rejected
