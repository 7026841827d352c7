"""SCORM packages, small and after the specifications, as authors' tools make them."""

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M-1" version="1.0" {namespaces}>
  <metadata><schema>ADL SCORM</schema><schemaversion>{schema}</schemaversion></metadata>
  <organizations default="O-1">
    <organization identifier="O-1">
      <title>净水机安装</title>
      <item identifier="I-1" identifierref="R-1">
        <title>安装要点</title>{item}
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="R-1" type="webcontent" adlcp:{kind}="sco" href="{href}">
      <file href="{href}"/>
    </resource>{resources}
  </resources>
</manifest>
"""
VERSIONS = {
    "1.2": {
        "schema": "1.2",
        "kind": "scormtype",
        "namespaces": (
            'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"'
            ' xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"'
        ),
    },
    "2004": {
        "schema": "2004 4th Edition",
        "kind": "scormType",
        "namespaces": (
            'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"'
            ' xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"'
            ' xmlns:imsss="http://www.imsglobal.org/xsd/imsss"'
        ),
    },
}
PAGE = "<!doctype html><html><head><title>SCO</title></head><body><h1>SCO</h1></body></html>"


def manifest(version: str, *, href="index.html", item="", resources="") -> str:
    return MANIFEST.format(href=href, item=item, resources=resources, **VERSIONS[version])


def several(version: str, *titles: str, before: Mapping[int, str] | None = None) -> str:
    """The manifest of a package of so many parts: index.html, 2.html, 3.html …

    ``before`` are their prerequisites, by their number.
    """
    kind = VERSIONS[version]["kind"]
    asked = {
        n: f'<adlcp:prerequisites type="aicc_script">{escape(text)}</adlcp:prerequisites>'
        for n, text in (before or {}).items()
    }
    items = "".join(
        f'<item identifier="I-{n}" identifierref="R-{n}"><title>{title}</title>{asked.get(n, "")}'
        "</item>"
        for n, title in enumerate(titles, 1)
    )
    resources = "".join(
        f'<resource identifier="R-{n}" type="webcontent" adlcp:{kind}="sco" href="{n}.html"/>'
        for n in range(2, len(titles) + 1)
    )
    text = manifest(version, resources=resources)
    begins, ends = text.index("<item "), text.index("</organization>")
    return text[:begins] + items + text[ends:]


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def packed(version: str = "1.2", files: Mapping[str, str | bytes] | None = None, **facts) -> bytes:
    """A package of one page, and ``files`` beside it."""
    return zipped(
        {"imsmanifest.xml": manifest(version, **facts), "index.html": PAGE, **(files or {})}
    )
