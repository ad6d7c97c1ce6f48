"""What a person sees of PDF files, which these tests write themselves."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, StreamObject

from retrieval.errors import UnreadableFile
from retrieval.formats import Draft
from retrieval.formats.pdf import read
from retrieval.formats.printed import PrintedLine, blocks
from retrieval.model import Metadata, Rule

STORY = (
    "The harbour froze on Monday night, and all of the ferries stayed in port until the wind had turned. Fishermen "
    "lost a week of work, which the council puts at forty thousand crowns, and the winter is young.",
    "The first ferry left on Wednesday at noon with two hundred people on board, and the pier was full of families "
    "who had waited since the early morning to see it go.",
)

MORE = ("One more thing was said about the ice.", "After that, nothing more was said.")


class Paper(FPDF):
    """Pages with headings and paragraphs."""

    def heading(self, text: str, size: int) -> None:
        self.set_font("Helvetica", size=size)
        self.cell(0, 12, text, new_x="LMARGIN", new_y="NEXT")

    def paragraph(self, text: str, space: float = 3, align: str = "L") -> None:
        self.set_font("Times", size=11)
        self.multi_cell(0, 5, text, align=align, new_x="LMARGIN", new_y="NEXT")
        self.ln(space)


class Newspaper(Paper):
    """Pages with a line at the head and a number at the foot."""

    def header(self) -> None:
        self.set_font("Helvetica", size=8)
        self.cell(0, 8, "Harbour Post, winter issue", new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        self.cell(0, 8, f"Page {self.page_no()} of 3", align="C")


def paper() -> Paper:
    empty = Paper()
    empty.add_page()
    return empty


def one(data: bytes) -> Draft:
    (draft,) = read(data)
    return draft


def rules(draft: Draft) -> list[tuple[str, Rule]]:
    return [(line.text, line.rule) for line in draft.left_out]


def test_lines_are_joined_to_paragraphs_and_pages_lose_their_furniture() -> None:
    sheet = Newspaper()
    sheet.add_page()
    sheet.heading("The harbour froze", 20)
    sheet.paragraph(STORY[0])
    sheet.heading("Later", 14)
    sheet.paragraph(STORY[1])
    for more in MORE:
        sheet.add_page()
        sheet.paragraph(more)

    draft = one(bytes(sheet.output()))

    assert draft.title == "The harbour froze"
    assert draft.paragraphs == (*STORY, *MORE)
    assert rules(draft) == [
        ("Harbour Post, winter issue", Rule.FURNITURE),
        ("The harbour froze", Rule.TITLE),
        ("Later", Rule.HEADING),
        ("Page 1 of 3", Rule.FURNITURE),
        ("Harbour Post, winter issue", Rule.FURNITURE),
        ("Page 2 of 3", Rule.FURNITURE),
        ("Harbour Post, winter issue", Rule.FURNITURE),
        ("Page 3 of 3", Rule.FURNITURE),
    ]


def test_justified_lines_have_their_words() -> None:
    sheet = paper()
    sheet.paragraph(STORY[0], align="J")

    assert one(bytes(sheet.output())).paragraphs == (STORY[0],)


def test_paragraph_goes_on_over_the_end_of_a_page() -> None:
    trades = ("smith", "baker", "painter", "teacher", "miller", "carpenter", "sailor", "doctor", "porter", "weaver")
    places = ("pier", "market", "tower", "bridge", "station", "church", "school")
    seen = [
        f"the {one} told the {two} at the {place} of the ice"
        for one in trades
        for two in trades[::4]
        for place in places
    ]
    long = "On Monday " + ", ".join(seen) + "."
    sheet = paper()
    for text in (STORY[0], long, STORY[1]):
        sheet.paragraph(text)

    draft = one(bytes(sheet.output()))

    assert draft.paragraphs == (STORY[0], long, STORY[1])
    assert len(PdfReader(io.BytesIO(bytes(sheet.output()))).pages) == 2


def test_paragraphs_without_space_between_are_told_apart_by_their_last_lines() -> None:
    sheet = paper()
    for text in ("It froze.", STORY[0], "It thawed on Wednesday.", STORY[1]):
        sheet.paragraph(text, space=0)

    assert one(bytes(sheet.output())).paragraphs == ("It froze.", STORY[0], "It thawed on Wednesday.", STORY[1])


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["the har-", "bour froze"], "the harbour froze"),
        (["a well-", "known boat, known as well"], "a well-known boat, known as well"),
        (["a sea-", "side inn, and the sea-side again"], "a sea-side inn, and the sea-side again"),
        (
            ["a sea-", "side inn by the sea, on its side, the seaside"],
            "a seaside inn by the sea, on its side, the seaside",
        ),
        (["the Baden-", "Baden line"], "the Baden-Baden line"),
        (["the har\u00ad", "bour froze"], "the harbour froze"),
        (["it froze -", "and thawed"], "it froze - and thawed"),
        (["这座城市开放了", "新的港口"], "这座城市开放了新的港口"),
    ],
)
def test_hyphen_at_the_end_of_a_line_stays_where_the_rest_of_the_file_has_it(lines: list[str], text: str) -> None:
    printed = [PrintedLine(n, 1, line, 50, 700 - 13.0 * n, 11, bold=False) for n, line in enumerate(lines, 1)]

    assert [block.text for block in blocks(printed)] == [text]


def test_line_of_asterisks_is_no_paragraph() -> None:
    sheet = paper()
    sheet.paragraph("The harbour froze on Monday night.", space=12)
    sheet.paragraph("* * *", space=12)
    sheet.paragraph("It thawed on Tuesday.")

    draft = one(bytes(sheet.output()))

    assert draft.paragraphs == ("The harbour froze on Monday night.", "It thawed on Tuesday.")
    assert rules(draft) == [("* * *", Rule.FURNITURE)]


def test_pages_of_furniture_alone_have_no_paragraph() -> None:
    sheet = Newspaper()
    for _ in range(3):
        sheet.add_page()

    draft = one(bytes(sheet.output()))

    assert draft.paragraphs == ()
    assert len(rules(draft)) == 6


def test_properties_are_the_metadata_and_the_day_of_the_file_is_not() -> None:
    sheet = paper()
    sheet.set_title("The harbour froze")
    sheet.set_author("Ada Brook")
    sheet.set_lang("en-GB")
    sheet.paragraph(STORY[0])

    draft = one(bytes(sheet.output()))

    assert draft.metadata == Metadata(title="The harbour froze", author="Ada Brook", language="en")


@pytest.mark.parametrize(
    ("title", "author"),
    [
        ("Microsoft Word - ice final.doc", "Microsoft Office User"),
        ("ice_v3.indd", "admin"),
        ("Untitled-1", "ab"),
        ("", ""),
    ],
)
def test_names_of_files_programs_and_users_are_no_metadata(title: str, author: str) -> None:
    sheet = paper()
    sheet.set_title(title)
    sheet.set_author(author)
    sheet.paragraph(STORY[0])

    draft = one(bytes(sheet.output()))

    assert (draft.title, draft.metadata) == (None, Metadata())


def test_scan_is_said_to_be_one() -> None:
    sheet = FPDF()
    sheet.add_page()
    sheet.rect(20, 20, 100, 100, style="F")

    with pytest.raises(UnreadableFile, match="it is a scan: its pages are pictures"):
        read(bytes(sheet.output()))


def test_encrypted_file_is_said_to_be() -> None:
    sheet = paper()
    sheet.set_encryption(owner_password="a", user_password="b")
    sheet.paragraph(STORY[0])

    with pytest.raises(UnreadableFile, match="it is encrypted; save a copy without a password"):
        read(bytes(sheet.output()))


@pytest.mark.parametrize(
    "data", [b"", b"The harbour froze.", b"%PDF-1.7\n%%EOF", b"%PDF-1.4\n" + bytes(range(256)) * 400]
)
def test_file_that_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"it is no PDF that can be read|it is a scan"):
        read(data)


def test_file_that_breaks_off_is_refused_or_read() -> None:
    sheet = paper()
    sheet.paragraph(STORY[0])
    data = bytes(sheet.output())

    for length in range(0, len(data), 97):
        try:
            drafts = read(data[:length])
        except UnreadableFile:
            continue
        assert all(part in STORY[0] for draft in drafts for part in draft.paragraphs)


def with_content(*contents: bytes, copies: int = 1) -> bytes:
    """A file whose pages are drawn by *contents*, each on *copies* pages."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for content in contents:
        stream = DecodedStreamObject()
        stream.set_data(content)
        drawn = writer._add_object(stream.flate_encode())
        for _ in range(copies):
            page = writer.add_blank_page(595, 842)
            page[NameObject("/Contents")] = drawn
            page[NameObject("/Resources")] = DictionaryObject(
                {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
            )
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_generated_page_is_read() -> None:
    assert one(with_content(b"BT /F1 12 Tf 50 700 Td (The harbour froze.) Tj ET")).paragraphs == ("The harbour froze.",)


def packed_twice(content: bytes) -> bytes:
    """A file whose page says of its content that it is packed twice."""
    writer = PdfWriter(PdfReader(io.BytesIO(with_content(b""))))
    stream = StreamObject()
    stream._data = zlib.compress(zlib.compress(content))
    twice = ArrayObject([NameObject("/FlateDecode"), NameObject("/FlateDecode")])
    stream[NameObject("/Filter")] = twice
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


@pytest.mark.parametrize("pack", [with_content, packed_twice])
def test_zip_bomb_is_refused_in_a_moment(pack: Callable[[bytes], bytes]) -> None:
    data = pack(b" " * 300_000_000)
    start = time.perf_counter()

    with pytest.raises(UnreadableFile, match="it unpacks to far more than pages of text need"):
        read(data)

    assert len(data) < 500_000
    assert time.perf_counter() - start < 20


def test_pages_that_draw_each_other_without_end_are_refused_or_read_in_seconds() -> None:
    writer = PdfWriter(PdfReader(io.BytesIO(with_content(b"/X Do " * 10))))
    inner = None
    for _ in range(12):
        form = DecodedStreamObject()
        form.set_data(b"BT (ha) Tj ET" if inner is None else b"/X Do " * 10)
        form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
        form[NameObject("/Resources")] = DictionaryObject(
            {} if inner is None else {NameObject("/XObject"): DictionaryObject({NameObject("/X"): inner})}
        )
        inner = writer._add_object(form)
    assert inner is not None
    writer.pages[0]["/Resources"][NameObject("/XObject")] = DictionaryObject({NameObject("/X"): inner})  # type: ignore[index]
    file = io.BytesIO()
    writer.write(file)
    start = time.perf_counter()

    with pytest.raises(UnreadableFile):
        read(file.getvalue())

    assert time.perf_counter() - start < 20


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="it has 1,001 pages, and 1,000 is the limit"):
        read(with_content(b"BT /F1 12 Tf 50 700 Td (The harbour froze.) Tj ET", copies=1001))


def test_too_many_characters_are_refused() -> None:
    lines = b"(The harbour froze, and the ferries stayed in port for the night.) Tj 0 -12 Td " * 1500

    with pytest.raises(UnreadableFile, match="it has more than 5,000,000 characters"):
        read(with_content(b"BT /F1 12 Tf " + lines + b"ET", copies=60))
