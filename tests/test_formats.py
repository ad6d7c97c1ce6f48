"""What a person sees of web pages, feeds and exports; the pages are written for these tests."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import date

import pytest

from retrieval.errors import UnreadableFile
from retrieval.formats import READERS, Draft, feed, feed_or_export, html, wordpress
from retrieval.formats.decoding import decoded
from retrieval.model import Metadata, Rule

STORY = (
    "The harbour froze on Monday night, and all of the ferries stayed in port until the wind had turned.",
    "Fishermen lost a week of work, which the council puts at forty thousand crowns, and the winter is young.",
    "The first ferry left on Wednesday at noon with two hundred people on board, and the pier was full.",
)


def page(*body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{''.join(body)}</body></html>".encode()


def article(*parts: str, head: str = "") -> bytes:
    """A page as newspapers have it, with *parts* between the second and the last paragraph of its article."""
    first, second, last = (f"<p>{part}</p>" for part in STORY)
    return page(
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/n'>News</a></li></ul></nav><article><h1>Ice</h1>",
        first, second, *parts, last,
        "</article><aside><p>Read also: how the boats were built</p></aside><footer><p>Imprint</p></footer>",
        head=head,
    )  # fmt: skip


def one(drafts: tuple[Draft, ...]) -> Draft:
    (draft,) = drafts
    return draft


def rules(draft: Draft) -> dict[str, Rule]:
    return {line.text: line.rule for line in (*draft.notices, *draft.left_out)}


def test_article_of_a_page_is_read_without_what_stands_around_it() -> None:
    draft = one(html.read(article()))

    assert (draft.title, draft.paragraphs) == ("Ice", STORY)
    assert rules(draft) == {
        "Home": Rule.FURNITURE,
        "News": Rule.FURNITURE,
        "Ice": Rule.TITLE,
        "Read also: how the boats were built": Rule.FURNITURE,
        "Imprint": Rule.FURNITURE,
    }


def test_lists_tables_and_quotes_are_paragraphs_and_headings_and_captions_are_not() -> None:
    draft = one(
        html.read(
            article(
                "<h2>What it <em>costs</em></h2>",
                "<ul><li>Tickets stay valid until May.</li><li>Refunds are paid at the pier.</li></ul>",
                "<table><tr><th>Day</th><th>First boat</th></tr><tr><td>Monday</td><td>6.00</td></tr></table>",
                "<blockquote><p>“I have never seen such ice in my life,” said the captain.</p></blockquote>",
                "<figure><img src='x.jpg' alt='Boats'><figcaption>Boats in the ice.</figcaption></figure>",
            )
        )
    )

    assert draft.paragraphs == (
        *STORY[:2],
        "Tickets stay valid until May.",
        "Refunds are paid at the pier.",
        "Day | First boat",
        "Monday | 6.00",
        "“I have never seen such ice in my life,” said the captain.",
        STORY[2],
    )
    assert rules(draft)["What it costs"] is Rule.HEADING
    assert rules(draft)["Boats in the ice."] is Rule.CAPTION


def test_words_are_those_that_a_reader_of_the_page_sees() -> None:
    draft = one(
        html.read(
            article(
                "<p>On <b>Tues</b>day the\n   <a href='#'>mayor</a>&#8217;s word&nbsp;was: &ldquo;No &amp; no&rdquo;"
                "<!-- not this --> &mdash;<br>and nobody<script>x()</script>, nobody at all, said anything more.</p>"
            )
        )
    )

    assert draft.paragraphs[2] == (
        "On Tuesday the mayor’s word\u00a0was: “No & no” —\nand nobody, nobody at all, said anything more."
    )


SECRET = "The secret words of the programmer are here, as long as any paragraph of the article and longer than most."


@pytest.mark.parametrize(
    "hidden",
    [
        f"<script>document.write('<p>{SECRET}</p>')</script>",
        f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{SECRET}"}}</script>',
        f"<template><p>{SECRET}</p></template>",
        f"<noscript><p>{SECRET}</p></noscript>",
        f"<style>p::after {{ content: '{SECRET}' }}</style>",
        f"<p hidden>{SECRET}</p>",
        f"<div style='color: red; DISPLAY:none'><p>{SECRET}</p></div>",
        f"<!-- <p>{SECRET}</p> -->",
        f"<textarea>{SECRET}</textarea>",
        f"<svg><text>{SECRET}</text></svg>",
        f"<iframe srcdoc='<p>{SECRET}</p>'>{SECRET}</iframe>",
    ],
)
def test_what_no_reader_sees_is_never_shown(hidden: str) -> None:
    draft = one(html.read(article(hidden)))

    assert draft.paragraphs == STORY
    assert not any("secret" in line for line in rules(draft))


def test_page_that_only_a_script_would_show_has_no_paragraphs() -> None:
    body = " ".join(STORY)
    data = page("<div id='app'></div>", head=f'<script type="application/ld+json">{{"articleBody": "{body}"}}</script>')

    assert one(html.read(data)).paragraphs == ()


def test_short_page_is_read_whole() -> None:
    draft = one(html.read(b"<h1>Ice</h1><p>The harbour froze.<p>It thawed."))

    assert (draft.title, draft.paragraphs) == ("Ice", ("The harbour froze.", "It thawed."))


def test_page_laid_out_with_tables_has_its_paragraphs() -> None:
    paragraphs = "".join(f"<p>{part}</p>" for part in STORY)

    draft = one(html.read(page(f"<table><tr><td><a href='/'>Home</a></td><td>{paragraphs}</td></tr></table>")))

    assert [part for part in draft.paragraphs if part != "Home"] == list(STORY)


def test_two_line_breaks_end_a_paragraph_and_one_does_not() -> None:
    draft = one(html.read(b"<h1>Ice</h1><p>The harbour froze.<br><br>It thawed,<br>and the ferries left."))

    assert draft.paragraphs == ("The harbour froze.", "It thawed,\nand the ferries left.")


def test_bold_words_do_not_divide_a_cell() -> None:
    draft = one(html.read(b"<h1>Ice</h1><table><tr><td><b>Nor</b>th</td><td>thick</td></tr></table>"))

    assert draft.paragraphs == ("North | thick",)


def test_metadata_are_what_the_page_states() -> None:
    draft = one(
        html.read(
            article(
                "<p>By Ada Brook</p>",
                head="<title>Ice – Harbour Post</title><meta name='author' content='Ada Brook'>"
                "<meta property='og:title' content='The harbour froze'><meta property='og:site_name' content='Harbour Post'>"
                "<meta property='article:published_time' content='2031-02-03T23:30:00+01:00'>"
                "<link rel='canonical' href='https://example.org/ice'><meta http-equiv='content-language' content='en-GB'>",
            )
        )
    )

    assert draft.metadata == Metadata(
        "The harbour froze", "Ada Brook", "Harbour Post", date(2031, 2, 3), "https://example.org/ice", "en"
    )
    assert [(line.text, line.rule) for line in draft.notices] == [("By Ada Brook", Rule.CREDIT)]


def test_linked_data_are_statements_too() -> None:
    data = """{"@graph": [{"@type": "WebSite", "name": "x"}, {"@type": ["NewsArticle"], "headline": "The harbour froze",
        "author": [{"@type": "Person", "name": "Ada Brook"}, {"name": "Bo Hill"}], "datePublished": "2031-02-03",
        "publisher": {"name": "Harbour Post"}, "inLanguage": "en"}]}"""

    draft = one(html.read(article(head=f"<script type='application/ld+json'>{data}</script>")))

    assert draft.metadata == Metadata(
        "The harbour froze", "Ada Brook, Bo Hill", "Harbour Post", date(2031, 2, 3), None, "en"
    )


@pytest.mark.parametrize(
    ("head", "stated"),
    [
        ("<meta name='citation_publication_date' content='2031/02/03'>", Metadata(published=date(2031, 2, 3))),
        ("<link rel=stylesheet href='https://example.org/x.css'><link rel=canonical href='/ice'>", Metadata()),
        (
            """<script type='application/ld+json'>["Ice", {"@type": "Report", "headline": "The harbour froze"}]</script>""",
            Metadata(title="The harbour froze"),
        ),
    ],
)
def test_statements_are_read_as_sites_write_them(head: str, stated: Metadata) -> None:
    assert one(html.read(article(head=head))).metadata == stated


def test_time_of_publication_is_a_statement_and_any_other_time_is_not() -> None:
    stated = one(html.read(article("<time itemprop='datePublished' datetime='2031-02-03'>yesterday</time>")))
    other = one(html.read(article("<time datetime='2031-02-03'>the night of the ice</time>")))

    assert (stated.metadata.published, other.metadata.published) == (date(2031, 2, 3), None)


def test_nothing_is_guessed() -> None:
    draft = one(
        html.read(
            article(
                "<p class='byline author'>By Ada Brook</p><p class='date'>Published on 3 February 2031 at the pier.</p>",
                "<p>Updated 2031-02-04, see https://harbour-post.example/2031/02/03/ice for all of the story.</p>",
                head="<title>Ice | Harbour Post</title>"
                "<script type='application/ld+json'>{broken</script><script type='application/ld+json'>"
                '[{"@type": "NewsArticle", "author": "A"}, {"@type": "NewsArticle", "author": "B"}]</script>',
            )
        )
    )

    assert draft.metadata == Metadata()


def test_statement_of_no_use_is_told() -> None:
    draft = one(html.read(article(head="<meta property='article:published_time' content='last Monday'>")))

    assert draft.remarks == ("published “last Monday” is not a date like 2021-02-01; it was left out",)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8-sig", "<meta charset=iso-8859-1>"),
        ("utf-16", ""),
        ("cp1252", "<meta charset=ISO-8859-1>"),
        ("cp1252", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">'),
        ("utf-8", "<meta charset=utf-8>"),
    ],
)
def test_encoding_is_the_mark_then_what_the_page_declares(encoding: str, declared: str) -> None:
    words = "“Élan” is what the café’s owner called it, and the ferries – all of them – stayed in port that night."

    draft = one(html.read(article(f"<p>{words}</p>", head=declared).decode().encode(encoding)))

    assert words in draft.paragraphs
    assert draft.remarks == ()


def test_cyrillic_and_chinese_pages_are_read_as_they_declare() -> None:
    russian = "Гавань замёрзла в понедельник, и паромы остались в порту до самого вечера вторника."
    chinese = "这座城市星期一开放了新的港口，东边码头的工程一共进行了三年，花费超过了原来的计划。"

    assert (
        russian
        in one(
            html.read(article(f"<p>{russian}</p>", head="<meta charset=koi8-r>").decode().encode("koi8-r"))
        ).paragraphs
    )
    assert (
        chinese
        in one(html.read(page(f"<p>{chinese}</p>" * 2, head="<meta charset=gbk>").decode().encode("gbk"))).paragraphs
    )


def test_encoding_that_no_page_may_ask_for_is_not_used() -> None:
    draft = one(
        html.read(
            article(
                "<p>\\x41 is how a programmer writes the letter A, said nobody.</p>",
                head="<meta charset=unicode_escape>",
            )
        )
    )

    assert draft.paragraphs[2].startswith("\\x41 is how")


RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Harbour Post</title><language>en-gb</language>
<link>https://example.org</link>%s</channel></rss>"""
ITEM = """<item><title>Ice &amp; ferries</title><link>https://example.org/1</link><dc:creator>Ada Brook</dc:creator>
<pubDate>Mon, 03 Feb 2031 23:30:00 +0100</pubDate><description>Short.</description><content:encoded><![CDATA[
<p>The harbour froze.</p><script>alert(1)</script><h2>Later</h2><p>It thawed &amp; the ferries left.</p>
]]></content:encoded></item>"""


def test_each_entry_of_a_feed_is_an_article() -> None:
    draft = one(feed.read((RSS % ITEM).encode()))

    assert draft.paragraphs == ("The harbour froze.", "It thawed & the ferries left.")
    assert draft.metadata == Metadata(
        "Ice & ferries", "Ada Brook", "Harbour Post", date(2031, 2, 3), "https://example.org/1", "en"
    )
    assert rules(draft) == {"Later": Rule.HEADING}
    assert draft.remarks == ()


def test_summary_is_read_and_told_and_an_empty_entry_is_named() -> None:
    teaser = "<item><title>Later</title><description>It &lt;b&gt;thawed&lt;/b&gt;.</description></item>"

    full, short = feed.read((RSS % (ITEM + teaser + "<item><title>Nothing</title></item>")).encode())

    assert full.remarks == (
        "entry 3 (“Nothing”) was left out: it has no text",
        "1 of 2 entries have no text but their summary, which is what can be quoted",
    )
    assert short.paragraphs == ("It thawed.",)


def test_atom_feed_states_publication_author_and_language() -> None:
    data = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Hafenpost</title>
    <author><name>Die Redaktion</name></author>
    <entry><title type="html">Eis &lt;i&gt;und&lt;/i&gt; Fähren</title><link href="https://example.org/a"/>
    <updated>2031-02-05T10:00:00Z</updated><published>2031-02-03T23:30:00+01:00</published>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Der Hafen fror zu.</p></div></content></entry>
    <entry><title>Tau</title><updated>2031-02-05T10:00:00Z</updated><author><name>J. Kanal</name></author>
    <content>Das Eis brach.</content></entry></feed>"""

    first, second = feed.read(data.encode())

    assert first.metadata == Metadata(
        "Eis und Fähren", "Die Redaktion", "Hafenpost", date(2031, 2, 3), "https://example.org/a", "de"
    )
    assert (second.metadata.author, second.metadata.published) == ("J. Kanal", None)


def test_feed_that_breaks_off_is_read_as_far_as_it_goes_and_told() -> None:
    draft = feed.read((RSS % ITEM).encode()[:-40] + b"<item><title>cut")[0]

    assert draft.title == "Ice & ferries"
    assert draft.remarks[0].startswith("its XML has an error (")


def test_feed_in_another_encoding_is_read() -> None:
    data = (RSS % ITEM.replace("froze", "frøs")).replace("UTF-8", "ISO-8859-1").encode("latin-1")

    assert one(feed.read(data)).paragraphs[0] == "The harbour frøs."


@pytest.mark.parametrize("reference", ["&#0;", "&#xD800;", "&#1114112;", "&#99999999999;", "&#x0000000;"])
def test_number_of_no_character_is_read_as_the_mark_for_one(reference: str) -> None:
    data = (RSS % ITEM.replace("Ice &amp;", f"Ice {reference} &#65;")).replace("</rss>", "")

    assert feed.read(data.encode())[0].title == "Ice \ufffd A ferries"


@pytest.mark.parametrize("day", ["soon", "Mon, 03 Feb 99999999999 23:30:00 +0100", ""])
def test_date_of_no_use_in_a_feed_is_told_with_its_entry(day: str) -> None:
    draft = one(feed.read((RSS % ITEM.replace("Mon, 03 Feb 2031 23:30:00 +0100", day)).encode()))

    assert draft.metadata.published is None
    assert draft.remarks == (
        (f"“Ice & ferries”: published “{day}” is not a date like 2021-02-01; it was left out",) if day else ()
    )


def test_null_in_metadata_is_left_out() -> None:
    drafts = READERS[".jsonl"](b'{"title": "I\\u0000ce", "text": "The harbour froze."}')

    assert one(drafts).metadata.title == "Ice"


def test_reader_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("trafilatura.extract", fails)

    with pytest.raises(UnreadableFile, match=r"its reader failed \(.+\); the log says where"):
        READERS[".html"](article())


WXR = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- This is a WordPress eXtended RSS file -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Harbour Post</title><language>en-US</language>
<wp:author><wp:author_login>ada</wp:author_login><wp:author_display_name>Ada Brook</wp:author_display_name></wp:author>
%s</channel></rss>"""


def post(
    content: str, *, status: str = "publish", kind: str = "post", password: str = "", title: str = "Ice &amp; ferries"
) -> str:
    return (
        f"<item><title>{title}</title><link>https://example.org/1</link><dc:creator>ada</dc:creator>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded><excerpt:encoded>Excerpt</excerpt:encoded>"
        f"<wp:post_date>2031-02-03 23:30:00</wp:post_date><wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>"
        f"<wp:post_password>{password}</wp:post_password>"
        "<wp:comment><wp:comment_content>A comment.</wp:comment_content></wp:comment></item>"
    )


@pytest.mark.parametrize(("read", "empty"), [(feed.read, RSS % ""), (wordpress.read, WXR % "")])
def test_feed_or_export_of_nothing_is_refused(read: Callable[[bytes], tuple[Draft, ...]], empty: str) -> None:
    with pytest.raises(UnreadableFile, match=r"^no article was found in it$"):
        read(empty.encode())


def test_published_posts_of_an_export_are_articles() -> None:
    content = """<!-- wp:paragraph -->
<p>The harbour froze.</p>
<!-- /wp:paragraph -->

Typed by hand
with a line break.

Another one.
[caption id="x"]<img src="a.jpg"> A ferry in ice[/caption]
[gallery ids="1,2"]
<pre>kept

as typed</pre>"""

    draft = one(wordpress.read((WXR % post(content)).encode()))

    assert draft.paragraphs == (
        "The harbour froze.",
        "Typed by hand\nwith a line break.",
        "Another one.",
        "kept\n\nas typed",
    )
    assert draft.metadata == Metadata(
        "Ice & ferries", "Ada Brook", "Harbour Post", date(2031, 2, 3), "https://example.org/1", "en"
    )
    assert rules(draft) == {"A ferry in ice": Rule.CAPTION}


def test_what_the_site_does_not_show_is_left_out() -> None:
    items = (
        post("The harbour froze."),
        post("Unfinished.", status="draft"),
        post("Locked.", password="sesame"),
        post("A picture.", kind="attachment", status="inherit"),
        post("", title="Nothing"),
    )

    draft = one(wordpress.read((WXR % "".join(items)).encode()))

    assert draft.paragraphs == ("The harbour froze.",)
    assert draft.remarks == (
        "“Nothing” was left out: it has no text",
        "posts and pages that are not published or have a password were left out: 2",
    )


def test_xml_is_read_as_what_it_is() -> None:
    assert one(feed_or_export.read((WXR % post("The harbour froze.")).encode())).metadata.author == "Ada Brook"
    assert one(feed_or_export.read((RSS % ITEM).encode())).title == "Ice & ferries"
    with pytest.raises(UnreadableFile, match="its XML is neither an RSS or Atom feed nor an export of WordPress"):
        feed_or_export.read(b"<note><to>Ada</to></note>")


LAUGHS = (
    '<!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {after} "{f"&{name};" * 10}">' for name, after in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
QUADRATIC = f'<!DOCTYPE rss [<!ENTITY a "{"ha" * 50_000}">]>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("reader", [feed.read, wordpress.read, feed_or_export.read])
@pytest.mark.parametrize("entities", [LAUGHS, QUADRATIC, OUTSIDE])
def test_file_that_defines_entities_is_refused(reader: Callable[[bytes], tuple[Draft, ...]], entities: str) -> None:
    last = "j" if entities is LAUGHS else "a"
    item = f"<item><title>x</title><description>{f'&{last};' * 1000}</description></item>"

    with pytest.raises(UnreadableFile, match="it defines entities, as no feed or export needs to"):
        reader(((RSS % item).replace("<rss", f"{entities}<rss", 1)).encode())


HOSTILE = {
    "nested 100,000 deep": b"<div>" * 100_000 + b"The harbour froze." + b"</div>" * 100_000,
    "5 MB of <": b"<" * 5_000_000,
    "5 MB of <!--": b"<!--" * 1_250_000,
    "a million elements": b"<p>a" * 1_000_000,
    "400,000 attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(400_000)) + b">The harbour froze.",
    "5 MB of entities": b"&amp;" * 1_000_000,
    "5 MB of one word": b"a" * 5_000_000,
    "5 MB of spaces between": b"<p>a" + b" <b> </b>" * 50_000 + b"b",
    "5 MB of quotes": b'<p a="' * 800_000,
    "5 MB of meta": b"<meta " * 800_000,
    "nested tables": b"<table><tr><td>" * 60 + b"The harbour froze.",
    "[caption": b"[caption " * 500_000,
    "an item in an item": b"<rss><channel>" + b"<item>" * 50_000,
    "a feed of <": b"<rss>" + b"<" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("ending", [".html", ".xml", ".rss", ".jsonl"])
def test_hostile_file_is_read_or_refused_in_seconds(name: str, ending: str) -> None:
    start = time.perf_counter()

    with contextlib.suppress(UnreadableFile):
        assert READERS[ending](HOSTILE[name])

    assert time.perf_counter() - start < 30


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nested 100,000 deep", "its elements are nested more than 200 deep"),
        ("a million elements", "it has 1,000,002 elements, and 60,000 is the limit"),
        ("400,000 attributes", "one of its elements has 400,000 attributes"),
    ],
)
def test_page_that_is_none_is_refused_with_its_reason(name: str, sentence: str) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        html.read(HOSTILE[name])


def test_hostile_posts_are_read_in_seconds() -> None:
    start = time.perf_counter()
    for content in (
        "[caption " * 400_000,
        "[caption]" * 5_000,
        "<!-- " * 500_000,
        "<pre>" * 150 + "a",
        "\n" * 2_000_000,
    ):
        wordpress.read((WXR % (post(content) + post("The harbour froze."))).encode())

    assert time.perf_counter() - start < 30


@pytest.mark.parametrize("ending", [".html", ".xml", ".rss", ".jsonl", ".pdf"])
@pytest.mark.parametrize(
    "data", [b"", b" \n", bytes(range(256)) * 9, b"PK\x03\x04" + bytes(5000), b"\x89PNG\r\n\x1a\n" + bytes(99)]
)
def test_file_with_the_wrong_ending_is_refused_with_a_sentence(ending: str, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        READERS[ending](data)


@pytest.mark.parametrize(
    "text",
    [
        "The café owner said it was “wrong” — he paid €40 for the bridge.\n",
        "Die Brücke wurde vom Bürgermeister Müller geschlossen.\n",
        "La niña cruzó el puente. ¿Quién lo cerró?\n",
    ],
)
def test_short_text_in_windows_1252_is_read_with_its_own_letters(text: str) -> None:
    found, doubts = decoded(text.encode("cp1252"))

    assert found == text
    assert len(doubts) == 1
    assert "Windows-1252" in doubts[0]


def test_russian_in_windows_1251_is_not_taken_for_western() -> None:
    text = "Косово и Израиль установили дипломатические отношения в понедельник, сообщили министры обеих стран.\n" * 3

    assert decoded(text.encode("cp1251"))[0] == text


def test_long_english_in_windows_1252_is_read_with_its_own_quotes() -> None:
    text = "“The harbour froze on Monday,” said the ferryman – and the café’s owner agreed with him in the end.\n" * 40

    found, doubts = decoded(text.encode("cp1252"))

    assert found == text
    assert doubts == ("not UTF-8 at byte 0, read as Windows-1252; check its letters",)


def test_bytes_that_are_text_in_no_encoding_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="it holds binary data, or text in an encoding that cannot be told"):
        decoded(bytes(range(128, 256)) * 20)
