"""Bytes of an XML file → text that no XML parser can be harmed by."""

from __future__ import annotations

import re
from typing import Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.decoding import decoded


def safe_xml(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """*data* as UTF-8 without an XML declaration, its mojibake repaired, and a sentence for each doubt.

    Errors of its grammar are left for the reader to forgive or not.

    Raises:
        UnreadableFile: *data* is no text, or defines entities: with them a file of a kilobyte can fill the memory, and
            no feed or export needs any.

    """
    declaration = _DECLARATION.match(data[:200])
    text, doubts = decoded(data, declaration[1].decode("ascii") if declaration else None)
    text = re.sub(r"\A\s*<\?xml\b.*?\?>\s*", "", text, flags=re.DOTALL)
    # feedparser would fail on the number of what is no character.
    xml = _REFERENCE.sub(_character, text).encode("utf-8", "replace")
    try:
        # ContentHandler ignores everything: what counts is whether the parser would have met an entity.
        defusedxml.sax.parseString(xml, ContentHandler())
    except DefusedXmlException as error:
        raise UnreadableFile(N_("it defines entities, as no feed or export needs to")) from error
    except SAXException:
        pass
    return xml, doubts


def _character(reference: re.Match[str]) -> str:
    digits = reference[1].lstrip("xX0")
    code = int(digits or "0", 16 if reference[1][0] in "xX" else 10) if len(digits) < 8 else 0
    return reference[0] if 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"


_REFERENCE: Final = re.compile(r"&#([xX][0-9a-fA-F]+|[0-9]+);?")


def root_of(xml: bytes) -> tuple[str, bytes]:
    """The name of the outermost element of *xml*, without its prefix, and its start tag; both empty without one."""
    root = _START_TAG.search(xml)
    return (root[1].decode("ascii"), root[0]) if root else ("", b"")


_START_TAG: Final = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?([A-Za-z]\w*)[^<>]*>")
_DECLARATION: Final = re.compile(rb"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9_-]{1,40})")
