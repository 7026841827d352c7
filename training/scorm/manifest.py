"""What ``imsmanifest.xml`` says of a package: its version, its parts, and how each starts.

Written after SCORM 1.2 (content aggregation 2.3) and SCORM 2004 (CAM 3.4).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder  # it builds, expat parses
from xml.parsers import expat

from django.utils.translation import gettext as _

from training.scorm import prerequisites
from training.scorm.archive import Archive, PackageRefused
from training.scorm.prerequisites import Condition

LARGEST = 2 * 1024 * 1024  # bytes of the manifest
DEEPEST = 100  # elements in each other
MOST = 100  # parts that report by themselves
OLD, NEW = "1.2", "2004"
ADLCP = {
    OLD: "http://www.adlnet.org/xsd/adlcp_rootv1p2",
    NEW: "http://www.adlnet.org/xsd/adlcp_v1p3",
}
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
CHINESE = re.compile(rb"<\?xml[^>]*encoding=[\"'](gb2312|gbk|gb18030)[\"']", re.IGNORECASE)
NOWHERE = "http://nowhere.invalid/"  # where addresses of the manifest begin, to be put together


@dataclass(frozen=True)
class Manifest:
    """What of a package can be played by itself: all of it, or one of its parts (SCO)."""

    version: str  # OLD or NEW
    title: str
    launch: str  # the name of the file that it starts with
    query: str  # what its address ends with: "?lang=zh", or nothing
    mastery: Decimal | None  # the score from which it is passed: 0 to 100, in 2004 -1 to 1
    launch_data: str
    required: bool = True  # whether the package is finished only once this part is
    opens: Condition | None = None  # what has to be finished before it, of packages of 1.2


def read(archive: Archive, *, kept: bool = False) -> tuple[Manifest, ...]:
    """The parts of a package in their order. Raises PackageRefused where it cannot be played.

    Of one that is ``kept`` already, prerequisites that would be refused close nothing: it may be
    older than they are, and its learners in the midst of it.
    """
    size = archive.size("imsmanifest.xml") or 0
    if size > LARGEST:
        raise PackageRefused(
            _("imsmanifest.xml is larger than 2 MB: it should only list files. Export it anew.")
        )
    root = _parsed(archive.read("imsmanifest.xml"))
    version = _version(root)
    organization = _organization(root)
    whole = _text(organization, "title")
    parts = []
    items = _parts(root, organization)
    for item, resource in items:
        launch, query = _launch(root, resource, item)
        _refuse_unplayable(archive, launch)
        title = _text(item, "title") or whole
        data = _text(item, "datafromlms") or _text(item, "dataFromLMS")
        mastery, required = _mastery(item, version), _required(item)
        parts.append(Manifest(version, title[:200], launch, query, mastery, data[:4096], required))
    try:
        opens = _prerequisites(organization, [item for item, _resource in items], version)
        _refuse_never_opened(parts, opens)
    except PackageRefused:
        if not kept:
            raise
    else:
        each = zip(parts, opens, strict=True)
        parts = [replace(part, opens=condition) for part, condition in each]
    if not any(part.required for part in parts):  # else it would be finished before it is begun
        parts = [replace(part, required=True) for part in parts]
    return tuple(parts)


def _refuse_unplayable(archive: Archive, launch: str) -> None:
    if archive.size(launch) is None:
        raise PackageRefused(
            _(
                "imsmanifest.xml: the package starts with “%(name)s”, which is not in the archive:"
                " export it anew."
            )
            % {"name": launch[:120]}
        )
    if not launch.lower().endswith((".html", ".htm", ".xhtml")):
        raise PackageRefused(
            _(
                "imsmanifest.xml: the package starts with “%(name)s”, which is no page: publish it"
                " for HTML5."
            )
            % {"name": launch[:120]}
        )


def _parsed(content: bytes) -> Element:
    """The tree of the manifest. Entities and what refers to elsewhere are refused, not read."""
    encoding = None
    if CHINESE.match(content):  # which expat does not know
        content, encoding = content.decode("gb18030", "replace").encode(), "utf-8"
    builder, depth = TreeBuilder(), 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise PackageRefused(
                _("imsmanifest.xml has elements in each other without end: export it anew.")
            )
        builder.start(_named(name), {_named(key): text for key, text in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_named(name))

    def refuse(*_about: Any) -> None:
        raise PackageRefused(
            _("imsmanifest.xml declares a DOCTYPE, which no package needs: take that line out.")
        )

    parser = expat.ParserCreate(encoding, namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise PackageRefused(
            _("imsmanifest.xml is no XML (%(fault)s): export the package anew.") % {"fault": error}
        ) from error
    return builder.close()


def _named(name: str) -> str:
    return "{" + name if "}" in name else name


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _children(element: Element | None, name: str) -> Iterator[Element]:
    """Its elements of a name, in whatever version of the namespace."""
    return (each for each in (element if element is not None else ()) if _local(each.tag) == name)


def _child(element: Element | None, name: str) -> Element | None:
    return next(_children(element, name), None)


def _text(element: Element | None, name: str) -> str:
    found = _child(element, name)
    return (found.text or "").strip() if found is not None else ""


def _attribute(element: Element, name: str) -> str:
    """An attribute of ADL's, in whatever namespace and capitals: scormtype became scormType."""
    for key, value in element.attrib.items():
        if _local(key).lower() == name:
            return value.strip()
    return ""


def _version(root: Element) -> str:
    if _local(root.tag) != "manifest":
        raise PackageRefused(
            _("imsmanifest.xml is no manifest of a SCORM package: export it anew.")
        )
    said = _text(_child(root, "metadata"), "schemaversion").lower()
    if said.startswith("1.2"):
        return OLD
    if said.startswith(("2004", "cam 1.3", "1.3")):
        return NEW
    names = {key for element in root.iter() for key in (element.tag, *element.attrib)}
    for version, namespace in ADLCP.items():
        if any(name.startswith("{" + namespace + "}") for name in names):
            return version
    raise PackageRefused(
        _(
            "imsmanifest.xml is of neither SCORM 1.2 nor SCORM 2004 (it says “%(said)s”): publish"
            " the course as one of them."
        )
        % {"said": said[:40]}
    )


def _organization(root: Element) -> Element | None:
    whole = _child(root, "organizations")
    found = list(_children(whole, "organization"))
    wanted = whole.get("default") if whole is not None else None
    chosen = [each for each in found if each.get("identifier") == wanted]
    return next(iter(chosen or found), None)


def _parts(root: Element, organization: Element | None) -> list[tuple[Element, Element]]:
    """The items that are started, each with its resource: one, or several one after another."""
    resources = {
        each.get("identifier"): each for each in _children(_child(root, "resources"), "resource")
    }
    items = [
        (item, resources[item.get("identifierref")])
        for item in (organization.iter() if organization is not None else ())
        if _local(item.tag) == "item" and item.get("identifierref") in resources
    ]
    # Where nothing is said of a resource, it is taken for one that reports.
    reporting = [
        (item, resource)
        for item, resource in items
        if _attribute(resource, "scormtype").lower() in {"sco", ""}
    ]
    if len(reporting) > MOST:
        raise PackageRefused(
            _(
                "imsmanifest.xml: the package has %(parts)d parts that report by themselves (SCO),"
                " and nobody goes through more than %(most)d: publish it as several packages."
            )
            % {"parts": len(reporting), "most": MOST}
        )
    if reporting:
        return reporting
    if items:
        raise PackageRefused(
            _(
                "imsmanifest.xml: nothing of the package reports anything (scormtype is “asset”):"
                " publish it with reporting, as a SCO."
            )
        )
    raise PackageRefused(
        _("imsmanifest.xml names no part of the package that could be started: export it anew.")
    )


def _launch(root: Element, resource: Element, item: Element) -> tuple[str, str]:
    """The name of the page that is started, and the rest of its address."""
    base = NOWHERE
    href = (resource.get("href") or "").strip().replace("\\", "/")
    try:
        for element in (root, _child(root, "resources"), resource):
            base = urljoin(base, (element.get(XML_BASE) or "") if element is not None else "")
        whole = urljoin(base, href)
        address = urlsplit(whole)
    except ValueError:
        whole, address = "", urlsplit("")
    if not href or not whole.startswith(NOWHERE):
        raise PackageRefused(
            _(
                "imsmanifest.xml: the package starts at “%(name)s”, outside of the archive: publish"
                " it with all its files."
            )
            % {"name": href[:120]}
        )
    query = address.query
    more = (item.get("parameters") or "").strip().lstrip("?&")
    if more and not more.startswith("#"):
        query = f"{query}&{more}" if query else more
    return unquote(address.path).lstrip("/"), f"?{query[:500]}" if query else ""


def _required(item: Element) -> bool:
    """Whether it counts for the whole: 2004 may say of a part that it does not."""
    rules = _child(_child(item, "sequencing"), "rollupRules")
    said = rules.get("rollupProgressCompletion", "true") if rules is not None else "true"
    return said.lower() != "false"


def _prerequisites(
    organization: Element | None, parts: list[Element], version: str
) -> list[Condition | None]:
    """What has to be finished before each of the items that are started, itself or what it is in.

    A single part has nothing before it; 2004 says such things in another language.
    """
    if version != OLD or len(parts) == 1 or organization is None:
        return [None] * len(parts)
    numbers = {part: number for number, part in enumerate(parts, 1)}
    items = [item for item in organization.iter() if _local(item.tag) == "item"]
    inside = {item: [numbers[each] for each in item.iter() if each in numbers] for item in items}
    named = {name: inside[item] for item in items if (name := item.get("identifier"))}
    opens: list[list[Condition]] = [[] for _part in parts]
    for item in items:
        for said in _children(item, "prerequisites"):
            if condition := _condition(item, said, named):
                for number in inside[item]:
                    opens[number - 1].append(condition)
    return [prerequisites.together(each, every=True) if each else None for each in opens]


def _condition(item: Element, said: Element, items: dict[str, list[int]]) -> Condition | None:
    text, language = (said.text or "").strip(), _attribute(said, "type")
    if not text:
        return None
    try:
        if language.lower() not in {"", prerequisites.LANGUAGE}:
            raise prerequisites.NotUnderstood(language)
        return prerequisites.parsed(text, items)
    except prerequisites.NotUnderstood as problem:
        raise PackageRefused(
            _(
                "imsmanifest.xml: the prerequisites of “%(title)s” are not understood at “%(at)s”:"
                " “%(said)s”. They name parts that report by their identifiers, joined by &, |, ~"
                " and parentheses; write them so, or publish the package without them."
            )
            % {
                "title": (_text(item, "title") or item.get("identifier", ""))[:120],
                "at": problem.at[:80] or "…",
                "said": text[:200],
            }
        ) from problem


def _refuse_never_opened(parts: list[Manifest], opens: list[Condition | None]) -> None:
    reached = prerequisites.within_reach(opens, ())
    for number, part in enumerate(parts, 1):
        if number not in reached:
            raise PackageRefused(
                _(
                    "imsmanifest.xml: “%(title)s” would never open: by their prerequisites it waits"
                    " for itself, or for parts that wait for it. Change one of them."
                )
                % {"title": part.title}
            )


def _mastery(item: Element, version: str) -> Decimal | None:
    if version == OLD:
        said, low, high = _text(item, "masteryscore"), 0, 100
    else:
        goal = None
        for each in item.iter():
            if _local(each.tag) == "primaryObjective":
                goal = each
        measured = goal is not None and goal.get("satisfiedByMeasure", "").lower() == "true"
        said, low, high = _text(goal, "minNormalizedMeasure") if measured else "", -1, 1
        if measured and not said:
            said = "1.0"  # what the standard says where nothing is said
    try:
        found = Decimal(said)
    except InvalidOperation:
        return None
    return found if found.is_finite() and low <= found <= high else None
