"""Reads `.pdf`: the text that is printed on its pages."""

from __future__ import annotations

import io
import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import pypdf
from pypdf.errors import DependencyError, LimitReachedError

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.draft import Draft
from retrieval.formats.printed import PrintedLine, blocks, furniture
from retrieval.metadata import metadata_from
from retrieval.model import LeftOut, Line, Rule

_LOG = logging.getLogger(__name__)


def read(data: bytes) -> tuple[Draft, ...]:
    """The article printed in *data*; headings, page numbers and what pages repeat at head and foot are left out.

    Title, author and language are those of the file's own properties, where they state something: many programs put
    the name of the file, of the computer's user or of themselves there. Else the title is the heading above the text.
    The day on which the file was made says nothing about the day of publication and is not read.

    Raises:
        UnreadableFile: *data* is no PDF, is encrypted or a scan, or is beyond one of the limits below.

    """
    try:
        with pypdf.apply_configuration(pypdf.get_configuration().with_overwrites(**_LIMITS)):
            return (_draft(pypdf.PdfReader(io.BytesIO(data))),)
    except (UnreadableFile, MemoryError):
        raise
    except DependencyError as error:
        raise UnreadableFile(_ENCRYPTED) from error
    except LimitReachedError as error:
        raise UnreadableFile(N_("it unpacks to far more than pages of text need")) from error
    except Exception as error:
        # A broken file can make pypdf raise anything; whatever it is, the other articles are read.
        _LOG.info("pypdf could not read a file", exc_info=True)
        reason = " ".join(str(error).split())[:200]
        raise UnreadableFile(N_("it is no PDF that can be read ({reason})"), reason=reason) from error


_MOST_PAGES: Final = 1_000
_MOST_CHARACTERS: Final = 5_000_000
_MOST_SECONDS: Final = 120
"""A page takes about a twentieth of a second; pages made to take longer must not stop the others."""
# 75 MB each otherwise: a page of text has some ten kilobytes.
_LIMITS: Final = {
    "zlib_maximum_output_length": 20_000_000,
    "lzw_maximum_output_length": 20_000_000,
    "run_length_maximum_output_length": 20_000_000,
    "array_based_stream_maximum_output_length": 20_000_000,
    "stream_decoding_work_maximum_length": 40_000_000,
    "stream_parsing_work_maximum_count": 500_000,
}
_ENCRYPTED: Final = N_("it is encrypted; save a copy without a password")


def _draft(reader: pypdf.PdfReader) -> Draft:
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableFile(_ENCRYPTED)
    if len(reader.pages) > _MOST_PAGES:
        told = N_("it has {count:,} pages, and {most:,} is the limit")
        raise UnreadableFile(told, count=len(reader.pages), most=_MOST_PAGES)
    lines = _lines(reader)
    if not lines:
        raise UnreadableFile(N_("it is a scan: its pages are pictures, without a text that could be quoted"))
    metadata, remarks = metadata_from(_properties(reader))
    repeated = furniture(lines)
    title = metadata.title
    paragraphs: list[Line] = []
    left_out = [LeftOut(line.number, line.text, Rule.FURNITURE) for line in lines if line.number in repeated]
    for block in blocks([line for line in lines if line.number not in repeated]):
        if block.heading and title is None and not paragraphs:
            title = block.text
        if block.text == title:
            left_out.append(LeftOut(block.line, block.text, Rule.TITLE))
        elif block.heading:
            left_out.append(LeftOut(block.line, block.text, Rule.HEADING))
        elif re.search(r"[^\W_]", block.text):
            paragraphs.append(Line(block.line, block.text))
        else:
            left_out.append(LeftOut(block.line, block.text, Rule.FURNITURE))
    left_out.sort(key=lambda line: line.line)
    return Draft(title, tuple(paragraphs), (), tuple(left_out), metadata, remarks)


def _lines(reader: pypdf.PdfReader) -> list[PrintedLine]:
    """The printed lines in the order in which the file draws them, which is that of reading in all but a few."""
    lines: list[PrintedLine] = []
    characters = 0
    deadline = time.monotonic() + _MOST_SECONDS
    for number, page in enumerate(reader.pages, 1):
        sheet = _Sheet(number, len(lines), deadline)
        page.extract_text(visitor_text=sheet.write, visitor_operand_before=sheet.look_at_the_clock)
        sheet.end_line()
        lines += sheet.lines
        characters += sum(len(line.text) for line in sheet.lines)
        if characters > _MOST_CHARACTERS:
            raise UnreadableFile(N_("it has more than {most:,} characters"), most=_MOST_CHARACTERS)
    return lines


class _Sheet:
    """A page that pypdf writes upon, piece by piece."""

    def __init__(self, page: int, lines_before: int, deadline: float) -> None:
        self.lines: list[PrintedLine] = []
        self._page = page
        self._lines_before = lines_before
        self._deadline = deadline
        self._parts: list[str] = []
        self._place = (0.0, 0.0)
        self._letters: Counter[tuple[float, bool]] = Counter()

    def write(self, text: str, page: Sequence[float], line: Sequence[float], font: Any, size: float) -> None:
        """Called by pypdf with the transformations of the page and of the line."""
        for place, part in enumerate(text.split("\n")):
            if place:
                self.end_line()
            if part.strip() and not self._parts:
                x = line[4] * page[0] + line[5] * page[2] + page[4]
                y = line[4] * page[1] + line[5] * page[3] + page[5]
                self._place = (x, y)
            if part.strip() or self._parts:
                self._parts.append(part)
                bold = "bold" in str((font or {}).get("/BaseFont", "")).lower()
                self._letters[(size * (abs(line[3] * page[3]) or 1.0), bold)] += len(part.strip())

    def end_line(self) -> None:
        text = " ".join("".join(self._parts).replace("\x00", "").split())
        if text:
            # A letter that the font does not name can come out as half a surrogate pair.
            text = text.encode("utf-8", "replace").decode("utf-8")
            number = self._lines_before + len(self.lines) + 1
            ((size, bold), _), *_ = self._letters.most_common(1)
            self.lines.append(PrintedLine(number, self._page, text, *self._place, size, bold))
        self._parts.clear()
        self._letters.clear()

    def look_at_the_clock(self, *_: object) -> None:
        """Called by pypdf before everything that it does."""
        if time.monotonic() > self._deadline:
            raise UnreadableFile(N_("reading it takes longer than {most} seconds"), most=_MOST_SECONDS)


def _properties(reader: pypdf.PdfReader) -> dict[str, object]:
    """What the file states of itself, without what programs put there on their own."""
    properties = reader.metadata or pypdf.DocumentInformation()
    title, author = (properties.title or "").strip(), (properties.author or "").strip()
    return {
        "title": None if _NO_TITLE.search(title) else title,
        "author": author if " " in author and not _NO_AUTHOR.search(author) else None,
        "language": str(reader.root_object.get("/Lang", "")),
    }


# The names of files and of programs.
_NO_TITLE: Final = re.compile(
    r"(?i)^microsoft \w+ ?-|^(?:untitled|unbenannt|sans titre|document|dokument|presentation|slide|layout)[\s\d_-]*$"
    r"|\.(?:docx?|dotx?|rtf|odt|pptx?|xlsx?|indd|qxp|qxd|pub|tex|dvi|e?ps|pdf|html?|txt|wpd|pages)$"
)
_NO_AUTHOR: Final = re.compile(r"(?i)\b(?:user|admin\w*|owner|microsoft|windows|unknown|default|root|adobe|latex)\b")
