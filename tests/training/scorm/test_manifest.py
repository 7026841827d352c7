"""What a manifest says, as the tools of authors write it, and what is refused of it."""

import io
from decimal import Decimal

import pytest

from tests.factories.packages import PAGE, manifest, packed, several, zipped
from training.scorm import package, prerequisites
from training.scorm.archive import PackageRefused

pytestmark = pytest.mark.usefixtures("english")


def parts_of(text, **files):
    content = {"imsmanifest.xml": text, "index.html": PAGE, **files}
    return package.check(io.BytesIO(zipped(content)))


def read(text, **files):
    [part] = parts_of(text, **files)
    return part


def refused(text, **files):
    with pytest.raises(PackageRefused) as caught:
        read(text, **files)
    return str(caught.value)


@pytest.mark.parametrize("version", ["1.2", "2004"])
def test_a_package_says_its_version_title_and_first_page(version):
    [known] = package.check(io.BytesIO(packed(version)))

    assert (known.version, known.title, known.launch, known.query) == (
        version, "安装要点", "index.html", "",
    )  # fmt: skip
    assert known.mastery is None


@pytest.mark.parametrize("edition", ["2004 3rd Edition", "CAM 1.3", "2004 2nd Edition"])
def test_every_edition_of_2004_is_2004(edition):
    text = manifest("2004").replace("2004 4th Edition", edition)
    assert read(text).version == "2004"


@pytest.mark.parametrize("version", ["1.2", "2004"])
def test_without_a_word_of_its_version_the_namespaces_tell_it(version):
    text = manifest(version)
    start, end = text.index("<schemaversion>"), text.index("</metadata>")
    assert read(text[:start] + text[end:]).version == version


def test_mastery_and_data_of_1_2_are_read():
    item = (
        "<adlcp:masteryscore>80</adlcp:masteryscore><adlcp:datafromlms>lang=zh</adlcp:datafromlms>"
    )
    known = read(manifest("1.2", item=item))
    assert (known.mastery, known.launch_data) == (Decimal(80), "lang=zh")


@pytest.mark.parametrize(
    ("measure", "mastery"),
    [("<imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure>", Decimal("0.7")),
     ("", Decimal(1)), ("<imsss:minNormalizedMeasure>7</imsss:minNormalizedMeasure>", None)],
)  # fmt: skip
def test_the_passing_score_of_2004_is_read(measure, mastery):
    item = (
        "<imsss:sequencing><imsss:objectives><imsss:primaryObjective satisfiedByMeasure='true'>"
        f"{measure}</imsss:primaryObjective></imsss:objectives></imsss:sequencing>"
    )
    assert read(manifest("2004", item=item)).mastery == mastery


@pytest.mark.parametrize(
    ("href", "launch", "query"),
    [
        ("index.html?lang=zh", "index.html", "?lang=zh"),
        ("content\\start%20here.html", "content/start here.html", ""),
        ("./content/start%20here.html", "content/start here.html", ""),
        ("INDEX.HTML", "INDEX.HTML", ""),
    ],
)
def test_the_first_page_is_found_however_it_is_written(href, launch, query):
    known = read(manifest("1.2", href=href), **{"content/start here.html": PAGE})
    assert (known.launch, known.query) == (launch, query)


def test_a_base_and_parameters_are_put_together():
    text = manifest("1.2").replace("<resources>", '<resources xml:base="content/">')
    text = text.replace('identifierref="R-1"', 'identifierref="R-1" parameters="?scene=2&amp;x=1"')
    known = read(text, **{"content/index.html": PAGE})
    assert (known.launch, known.query) == ("content/index.html", "?scene=2&x=1")


def test_a_manifest_in_a_chinese_encoding_is_read():
    text = manifest("1.2").replace('encoding="UTF-8"', 'encoding="GB2312"')
    assert read(text.encode("gb18030")).title == "安装要点"


def test_a_mark_of_its_encoding_does_no_harm():
    assert read(manifest("1.2").encode("utf-8-sig")).launch == "index.html"
    assert read(manifest("1.2").replace("UTF-8", "UTF-16").encode("utf-16")).launch == "index.html"


BOMB = "<!DOCTYPE m [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
ELSEWHERE = "<!DOCTYPE m [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize("doctype", [BOMB, ELSEWHERE, "<!DOCTYPE m SYSTEM 'http://evil/x.dtd'>"])
def test_entities_are_refused_unread(doctype):
    text = manifest("1.2").replace("?>\n", f"?>\n{doctype}\n", 1)
    assert "declares a DOCTYPE" in refused(text.replace("安装要点", "&a;") if "&" in text else text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<manifest>", "is no XML"),
        ("", "is no XML"),
        ("<html/>", "is no manifest of a SCORM package"),
        (manifest("1.2").replace(">1.2<", ">1.1<").replace("adlcp_rootv1p2", "x"), "neither SCORM"),
        ("<manifest>" + "<a>" * 200, "in each other without end"),
        (manifest("1.2", href="none.html"), "“none.html”, which is not in the archive"),
        (manifest("1.2", href="imsmanifest.xml"), "which is no page"),
        (manifest("1.2", href="https://evil.example/x.html"), "outside of the archive"),
        (manifest("1.2", href="//evil.example/x.html"), "outside of the archive"),
        (manifest("1.2", href="javascript:alert(1)"), "outside of the archive"),
        (manifest("1.2", href=""), "outside of the archive"),
        (manifest("1.2").replace("<resources", '<resources xml:base="http://["'), "outside of the"),
        (manifest("1.2", href="../../etc/passwd"), "which is not in the archive"),
        (manifest("1.2").replace('"sco"', '"asset"'), "nothing of the package reports"),
        (manifest("1.2").replace('identifierref="R-1"', ""), "names no part of the package"),
        (
            manifest("1.2", item='<item identifierref="R-1"><title>2</title></item>' * 100),
            "has 101 parts that report by themselves",
        ),
    ],
)
def test_what_cannot_be_played_is_refused(text, said):
    found = refused(text)
    assert said in found
    assert "imsmanifest.xml" in found


@pytest.mark.parametrize("version", ["1.2", "2004"])
def test_several_parts_are_played_in_their_order(version):
    found = parts_of(
        several(version, "第一步", "第二步", "第三步"), **{"2.html": PAGE, "3.html": PAGE}
    )

    assert [(part.title, part.launch, part.required) for part in found] == [
        ("第一步", "index.html", True), ("第二步", "2.html", True), ("第三步", "3.html", True),
    ]  # fmt: skip


def test_a_part_may_count_for_nothing_but_not_all_of_them():
    """Sequencing of 2004 says so; a package of which nothing counts would be finished unread."""
    aside = (
        '<imsss:sequencing><imsss:rollupRules rollupProgressCompletion="false"/></imsss:sequencing>'
    )
    text = several("2004", "第一步", "附录")
    last = text.rindex("</item>")

    found = parts_of(text[:last] + aside + text[last:], **{"2.html": PAGE})
    assert [part.required for part in found] == [True, False]
    found = parts_of(text.replace("</title></item>", f"</title>{aside}</item>"), **{"2.html": PAGE})
    assert [part.required for part in found] == [True, True]


PAGES = {f"{n}.html": PAGE for n in range(2, 5)}


def opened(finished, before, titles="甲乙丙丁"):
    """Which parts of a package with these prerequisites are open to who has finished some."""
    found = parts_of(several("1.2", *titles, before=before), **PAGES)
    return {n for n, part in enumerate(found, 1) if prerequisites.holds(part.opens, finished)}


@pytest.mark.parametrize(
    ("said", "finished", "open_"),
    [
        ("I-1", set(), False),
        ("I-1", {1}, True),
        ("I-1 & I-2", {1}, False),
        ("I-1&I-2", {1, 2}, True),
        ("I-1 | I-2", {2}, True),
        ("I-1 | I-2 & I-3", {1}, True),
        ("I-1 | I-2 & I-3", {2}, False),
        ("(I-1 | I-2) & I-3", {1}, False),
        ("( I-1 | I-2 )&I-3", {1, 3}, True),
        ("~I-1", set(), True),
        ("~I-1", {1}, False),
        ("~ ~I-1", set(), False),
        ("~(I-1 & I-2)", {1}, True),
        ("~(I-1 & I-2)", {1, 2}, False),
        ("~(I-1 | ~I-2)", {2}, True),
        ("~(I-1 | ~I-2)", {1, 2}, False),
        ("", set(), True),
    ],
)
def test_prerequisites_of_1_2_open_a_part(said, finished, open_):
    assert (4 in opened(finished, {4: said})) == open_
    assert {1, 2, 3} <= opened(finished, {4: said})


def test_prerequisites_of_an_item_are_those_of_all_in_it():
    """And an item with others in it is finished once they all are."""
    text = several("1.2", *"甲乙丙丁")
    for n, name, said in ((1, "FIRST", "LAST"), (3, "LAST", "")):
        begins = text.index(f'<item identifier="I-{n}"')
        ends = text.index("</item>", text.index(f'"I-{n + 1}"')) + len("</item>")
        inside = f"<adlcp:prerequisites>{said}</adlcp:prerequisites>{text[begins:ends]}"
        text = f'{text[:begins]}<item identifier="{name}">{inside}</item>{text[ends:]}'

    first, second, *last = (part.opens for part in parts_of(text, **PAGES))
    for opens in (first, second):
        assert not prerequisites.holds(opens, {4})
        assert prerequisites.holds(opens, {3, 4})
    assert last == [None, None]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ('I-1 = "passed"', "“=”"),
        ('I-1="passed"', '“I-1="passed"”'),
        ("I-1 <> passed", "“<>”"),
        ("2*{I-1, I-2}", "“2*{I-1,”"),
        ("I-1, I-2", "“I-1,”"),
        ("I-7", "“I-7”"),
        ("i-1", "“i-1”"),
        ("I-1 I-2", "“I-2”"),
        ("I-1 &", "“…”"),
        ("& I-1", "“&”"),
        ("(I-1", "“…”"),
        ("I-1)", "“)”"),
        ("()", "“)”"),
        ("~", "“…”"),
        ("(" * 500 + "I-1" + ")" * 500, "“(”"),
    ],
)
def test_prerequisites_that_say_something_else_are_refused_with_their_place(said, at):
    found = refused(several("1.2", "甲", "乙", "丙", before={3: said}), **PAGES)
    assert f"the prerequisites of “丙” are not understood at {at}: " in found


def test_prerequisites_that_end_too_early_name_no_part_without_identifier():
    text = several("1.2", "甲", "乙", "丙", before={3: "I-1 &"}).replace(' identifier="I-2"', "")
    assert "of “丙” are not understood at “…”" in refused(text, **PAGES)


def test_prerequisites_in_another_language_are_refused():
    text = several("1.2", "甲", "乙", before={2: "I-1"}).replace("aicc_script", "text/javascript")
    assert "of “乙” are not understood at “text/javascript”: “I-1”" in refused(text, **PAGES)


@pytest.mark.parametrize(
    ("before", "title"),
    [({2: "I-2"}, "乙"), ({1: "I-3", 3: "I-1"}, "甲"), ({1: "I-2", 2: "I-1 & ~I-3"}, "甲")],
)
def test_parts_that_wait_for_each_other_are_refused(before, title):
    found = refused(several("1.2", "甲", "乙", "丙", before=before), **PAGES)
    assert f"“{title}” would never open" in found


def test_what_waits_for_itself_alone_has_nothing_to_wait_for():
    """A package of one part plays as before, and 2004 says it by sequencing."""
    item = "<adlcp:prerequisites type='aicc_script'>I-7 = x</adlcp:prerequisites>"
    assert read(manifest("1.2", item=item)).opens is None
    found = parts_of(several("2004", "甲", "乙", before={2: "I-7"}), **PAGES)
    assert [part.opens for part in found] == [None, None]


@pytest.mark.parametrize(
    ("before", "finished", "left"),
    [
        ({2: "I-1", 3: "I-2"}, set(), {1, 2, 3}),
        ({2: "~I-1"}, set(), {1, 2, 3}),
        ({2: "~I-1"}, {1}, {3}),
        ({2: "~I-1", 3: "I-2"}, {1}, set()),
        ({2: "~I-1", 3: "I-2"}, {1, 2}, {3}),
        ({2: "~I-1 | I-3"}, {1}, {2, 3}),
    ],
)
def test_what_is_closed_for_good_is_out_of_reach(before, finished, left):
    found = parts_of(several("1.2", "甲", "乙", "丙", before=before), **PAGES)
    assert prerequisites.within_reach([part.opens for part in found], finished) - finished == left


def test_a_learner_reads_when_a_part_opens():
    found = parts_of(
        several("1.2", "甲", "乙", "丙", "丁", before={2: "I-1", 4: "(I-1 | ~I-2) & I-3"}), **PAGES
    )
    titles = [part.title for part in found]
    assert prerequisites.said(found[1].opens, titles) == "It opens when “甲” is finished."
    assert prerequisites.said(found[3].opens, titles) == (
        "It opens when (“甲” is finished or “乙” is not finished) and “丙” is finished."
    )


def test_a_page_of_a_later_part_has_to_be_there():
    assert "“2.html”, which is not in the archive" in refused(several("1.2", "第一步", "第二步"))


def test_pages_that_report_nothing_may_stand_beside_the_one_that_does():
    beside = '<resource identifier="R-2" adlcp:scormtype="asset" href="a.html"/>'
    item = '<item identifier="I-2" identifierref="R-2"><title>附件</title></item>'
    assert read(manifest("1.2", item=item, resources=beside)).launch == "index.html"


def test_a_resource_of_which_nothing_is_said_is_taken_for_one_that_reports():
    text = manifest("1.2").replace(' adlcp:scormtype="sco"', "")
    assert read(text).launch == "index.html"
