"""What the cleaner keeps of a file, rule by rule, on text written for these tests."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retrieval.cleaning import Cleaned, clean
from retrieval.model import Rule

SEED = next((Path(__file__).parents[1] / "seeds").glob("000_*.txt"))

BODY = (
    "The town opened its new harbour on Monday after three years of work on the eastern pier.",
    "Two electric ferries will cross the bay every half hour, and the first one leaves at six in the morning.",
    "The mayor said that the fare stays the same as last year, although the boats cost more than was planned.",
    "Fishermen had asked for a longer quay, and the council promised to decide about it before the winter.",
    "On the old pier, which closes in May, a market for fish and vegetables will be held on two days a week.",
)
MENU = ("Home", "News", "Sports", "Weather", "Search", "Sign in", "Newsletter", "Contact")
FOOT = ("Related articles", "Share on Facebook", "Print", "Privacy", "Imprint", "Jobs", "Sitemap", "Follow")
TITLE = "Town opens harbour with electric ferries"


def kept(found: Cleaned) -> list[str]:
    return [paragraph.text for paragraph in found.paragraphs]


def rules(found: Cleaned) -> dict[str, Rule]:
    return {line.text: line.rule for line in (*found.notices, *found.left_out)}


def page(*lines: str) -> str:
    return "\n\n".join(lines) + "\n"


def test_seed_keeps_exactly_its_18_paragraphs() -> None:
    lines = SEED.read_text(encoding="utf-8").splitlines()

    found = clean("\n".join(lines))

    assert found.title == "Kosovo Formally Establishes Ties With Israel, To Open Embassy In Jerusalem"
    assert len(found.paragraphs) == 18
    assert kept(found) == [lines[paragraph.line - 1] for paragraph in found.paragraphs]
    assert kept(found)[0].startswith("Kosovo and Israel have formally")
    assert kept(found)[-1].startswith("Kosovo declared independence")
    assert [line.rule for line in found.notices] == [Rule.CREDIT, Rule.NOTICE, Rule.NOTICE, Rule.NOTICE]
    assert [line.rule for line in found.left_out] == [
        Rule.NAVIGATION, Rule.NAVIGATION, Rule.TITLE, Rule.CAPTION, Rule.CAPTION,
    ]  # fmt: skip


def test_seed_without_blank_lines_is_the_same_article() -> None:
    text = SEED.read_text(encoding="utf-8")

    assert kept(clean("\n".join(line for line in text.splitlines() if line))) == kept(clean(text))


@pytest.mark.parametrize(
    "text",
    [
        "The ferry leaves at nine on weekdays. On Sundays it leaves at ten.",
        "one line without a full stop",
        "Kein Zutritt",
        "42",
        "这座港口昨天开放。",
        "ท่าเรือเปิดเมื่อวานนี้",
        "افتتح الميناء أمس.",
    ],
)
def test_file_of_one_paragraph_is_kept(text: str) -> None:
    assert kept(clean(text)) == [text]


def test_note_without_title_is_kept_whole() -> None:
    found = clean("The pump is primed first, which takes ten minutes.\n\nThen open the valve by a quarter turn.\n")

    assert found.title is None
    assert len(found.paragraphs) == 2


def test_prose_without_furniture_is_kept_whole() -> None:
    found = clean(page(*BODY))

    assert (found.title, found.notices, found.left_out) == (None, (), ())
    assert kept(found) == list(BODY)


def test_headings_and_lists_of_an_article_are_kept() -> None:
    lines = (BODY[0], "What it costs", BODY[1], "- one adult", "- two children", "3. a dog", BODY[2])

    assert kept(clean(page(TITLE, *lines))) == list(lines)


def test_questions_and_answers_are_kept() -> None:
    lines = ("What does it cost?", "Nothing for children.", "May I bring a dog?", "Yes, on a lead.")

    assert kept(clean(page(*lines))) == list(lines)
    titled = clean(page("Questions about the ferry", *lines))
    assert (titled.title, kept(titled)) == ("Questions about the ferry", list(lines))


def test_lists_and_poems_are_kept() -> None:
    verses = [f"A verse about the number {word}" for word in ("one", "two", "three", "four", "five", "six")] * 1
    short = [f"{word} grey gulls" for word in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")]

    assert kept(clean("\n".join(verses))) == verses
    assert kept(clean("\n".join(short))) == short


def test_saved_page_is_reduced_to_its_article() -> None:
    found = clean(page(*MENU, TITLE, *BODY, *FOOT))

    assert found.title == TITLE
    assert kept(found) == list(BODY)
    assert rules(found)["Home"] is Rule.NAVIGATION
    assert rules(found)["Sitemap"] is Rule.FURNITURE


def test_long_text_between_two_paragraphs_is_never_unlikely() -> None:
    doubtful = "SHARE PRINT COOKIES PRIVACY COPYRIGHT COMMENTS RELATED AND THE LATEST NEWS FROM ALL OVER THE COUNTRY."

    assert doubtful in kept(clean(page(*MENU, TITLE, *BODY[:3], doubtful, *BODY[3:], *FOOT)))
    assert doubtful not in kept(clean(page(*MENU, *FOOT, doubtful, *FOOT, *MENU, TITLE, *BODY, *FOOT[:3])))


def test_short_lines_above_the_title_are_navigation() -> None:
    found = clean(page("Skip links", "Latest", TITLE, *BODY))

    assert (found.title, kept(found)) == (TITLE, list(BODY))
    assert [line.rule for line in found.left_out] == [Rule.NAVIGATION, Rule.NAVIGATION, Rule.TITLE]


def test_sentence_above_a_heading_is_not_navigation() -> None:
    found = clean(page(BODY[0], "What it costs", *BODY[1:]))

    assert found.title is None
    assert kept(found) == [BODY[0], "What it costs", *BODY[1:]]


def test_caption_that_stands_twice_is_left_out() -> None:
    caption = "A ferry waits at the new pier on Monday."

    found = clean(page(TITLE, caption, caption, *BODY))

    assert kept(found) == list(BODY)
    assert [line.rule for line in found.left_out] == [Rule.TITLE, Rule.CAPTION, Rule.CAPTION]


def test_sentence_said_again_later_is_no_caption() -> None:
    refrain = "And the ferries kept on running."

    assert kept(clean(page(BODY[0], refrain, BODY[1], refrain))) == [BODY[0], refrain, BODY[1], refrain]


def test_long_paragraph_doubled_by_accident_stays_once() -> None:
    long = " ".join(BODY)

    assert kept(clean(page(TITLE, long, long, BODY[0]))) == [long, BODY[0]]


def test_names_of_buttons_at_the_end_are_left_out() -> None:
    found = clean(page(TITLE, *BODY, "Share", "Print"))

    assert kept(found) == list(BODY)


def test_heading_that_sounds_like_a_button_is_kept_inside() -> None:
    lines = (*BODY[:2], "Contact", *BODY[2:])

    assert kept(clean(page(TITLE, *lines))) == list(lines)


def test_line_without_letters_is_left_out() -> None:
    found = clean(page(BODY[0], "* * *", "→", BODY[1]))

    assert kept(found) == [BODY[0], BODY[1]]
    assert rules(found) == {"* * *": Rule.FURNITURE, "→": Rule.FURNITURE}


@pytest.mark.parametrize(
    "credit", ["By Ada Brook", "Von Jörg Kanal", "With reporting by AB, CD, and Harbour Press", "© Ada Brook / Press"]
)
def test_credit_is_a_notice(credit: str) -> None:
    found = clean(page(TITLE, *BODY, credit))

    assert kept(found) == list(BODY)
    assert [(line.text, line.rule) for line in found.notices] == [(credit, Rule.CREDIT)]


@pytest.mark.parametrize(
    "line", ["By Friday the boats had gone.", "By and large a quiet winter", "Photography in the old town"]
)
def test_line_that_only_opens_like_a_credit_is_kept(line: str) -> None:
    assert line in kept(clean(page(TITLE, *BODY, line)))


def test_little_that_follows_the_credit_is_a_notice() -> None:
    legal = "This newspaper may not be read in the neighbouring town."

    found = clean(page(TITLE, *BODY, "With reporting by AB and CD", legal))

    assert kept(found) == list(BODY)
    assert rules(found)[legal] is Rule.NOTICE


def test_much_that_follows_a_credit_is_the_article() -> None:
    assert kept(clean(page(TITLE, "By Ada Brook", *BODY))) == list(BODY)


def test_copyright_line_is_a_notice() -> None:
    line = "Copyright 2031 Harbour Press. All rights reserved."

    found = clean(page(TITLE, *BODY, line))

    assert kept(found) == list(BODY)
    assert rules(found)[line] is Rule.NOTICE


def test_article_about_copyright_is_kept() -> None:
    line = "The court held that copyright in the map had run out, and that anyone may print it."

    assert kept(clean(page(TITLE, line, *BODY))) == [line, *BODY]
    assert kept(clean(page(TITLE, *BODY, line))) == [*BODY, line]


@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_wrapped_lines_are_joined(between: str) -> None:
    text = between.join(textwrap.fill(line, 60) for line in BODY)

    found = clean(text)

    assert kept(found) == list(BODY)
    assert (found.paragraphs[0].line, found.paragraphs[0].last_line) == (1, 2)


def test_wrapped_paragraphs_may_be_told_apart_by_their_indent() -> None:
    text = "\n".join(textwrap.fill(" ".join(BODY[n : n + 2]), 60, initial_indent="   ") for n in range(0, 4, 2))

    assert kept(clean(text)) == [f"{BODY[0]} {BODY[1]}", f"{BODY[2]} {BODY[3]}"]


def test_wrapped_seed_is_the_same_article() -> None:
    lines = [line for line in SEED.read_text(encoding="utf-8").splitlines() if line]
    wrapped = [textwrap.fill(line, 72, break_on_hyphens=False) for line in lines]

    assert kept(clean("\n\n".join(wrapped))) == kept(clean("\n".join(lines)))
    # Without blank lines, a paragraph whose last line happens to be full runs on into the next; no word is lost.
    assert " ".join(kept(clean("\n".join(wrapped)))) == " ".join(kept(clean("\n".join(lines))))


def test_wrapped_chinese_is_joined_without_a_space() -> None:
    sentence = "这座城市昨天开放了新的港口两艘电动渡轮每半小时穿越海湾一次票价与去年相同" * 4 + "。"
    lines = [sentence[start : start + 30] for start in range(0, len(sentence), 30)]

    assert kept(clean("\n".join(lines))) == [sentence]


def test_a_paragraph_a_line_is_not_joined() -> None:
    assert kept(clean("\n".join(BODY))) == list(BODY)
    verses = [
        "The boats come in, the boats go out",
        "and nobody asks where they were",
        "all winter long, all winter long",
    ]
    assert kept(clean("\n".join(verses))) == verses


LAYOUTS: dict[str, Callable[[list[str]], str]] = {
    "a blank line between": "\n\n".join,
    "no blank lines": "\n".join,
    "many blank lines": "\n\n\n\n".join,
    "hard-wrapped, a blank line between": lambda parts: "\n\n".join(textwrap.fill(part, 66) for part in parts),
    "hard-wrapped, indented": lambda parts: "\n".join(textwrap.fill(part, 66, initial_indent="    ") for part in parts),
    "quoted as in a mail program, all indented": lambda parts: "\n\n".join(f"    {part}" for part in parts),
    "line ends of Windows": "\r\n\r\n".join,
    "line ends of an old Macintosh": "\r".join,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_article_is_the_same_in_every_layout(layout: str) -> None:
    found = clean(LAYOUTS[layout]([TITLE, *BODY]))

    assert (found.title, kept(found)) == (TITLE, list(BODY))


@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_saved_page_with_everything_in_it_is_reduced_to_its_article(between: str) -> None:
    caption = "The ferry Gull at the eastern pier on its first morning."
    quote = "“We waited three years for this, and I would wait three more.”"
    listed = ["- adults pay four crowns", "- children travel free", "1. Buy a ticket at the pier."]
    table = ["Monday | 6.00 | 23.00", "Sunday | 8.00 | 21.30"]
    lines = [
        *MENU,
        TITLE,
        caption,
        caption,
        *BODY[:2],
        "What it costs",
        *listed,
        BODY[2],
        quote,
        BODY[3],
        *table,
        BODY[4],
    ]

    found = clean(between.join([*lines, *FOOT]))

    assert found.title == TITLE
    # Two short rows of a table look like a menu's entries more than like anything else; every sentence stays.
    assert [line for line in kept(found) if line not in table] == [
        *BODY[:2], "What it costs", *listed, BODY[2], quote, BODY[3], BODY[4],
    ]  # fmt: skip
    assert [rules(found)[line] for line in (caption, "Home", "Sitemap")] == [
        Rule.CAPTION,
        Rule.NAVIGATION,
        Rule.FURNITURE,
    ]


def test_table_of_an_article_that_is_no_saved_page_is_kept() -> None:
    rows = ["Day\tfirst boat\tlast boat", "Monday\t6.00\t23.00", "Sunday\t8.00\t21.30"]

    assert kept(clean(page(TITLE, BODY[0], *rows, BODY[1]))) == [BODY[0], *rows, BODY[1]]


def test_saved_page_in_chinese_is_measured_by_characters() -> None:
    menu = ["首页", "新闻", "体育", "天气", "搜索", "登录", "订阅", "联系我们", "关于", "视频"]
    body = [
        "这座城市星期一开放了新的港口，东边码头的工程一共进行了三年，花费超过了原来的计划。",
        "两艘电动渡轮每半小时穿越海湾一次，第一班早上六点出发，最后一班在晚上十一点。",
        "市长表示票价与去年相同，渔民要求修建更长的码头，议会答应在冬天以前作出决定。",
    ]

    found = clean(page(*menu, "城市开放新港口", *body, *menu))

    assert kept(found) == body


HOSTILE = {
    "one long line": "word " * 200_000,
    "one long word": "a" * 1_000_000,
    "one long number": "1" * 1_000_000,
    "long Chinese": "港" * 1_000_000,
    "long punctuation": ".!?" * 300_000,
    "many tiny lines": "Home\n" * 50_000,
    "many different lines": "\n".join(f"x{n}" for n in range(50_000)),
    "many sentences": "\n".join(f"Boat {n} came in at noon and went out again." for n in range(20_000)),
    "one wrapped paragraph": textwrap.fill(" ".join(BODY) * 5_000, 60),
    "spaces": " " * 1_000_000 + "a",
    "controls": "\x00\x01\x02\n" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_seconds_at_most(name: str) -> None:
    start = time.perf_counter()

    clean(HOSTILE[name])

    assert time.perf_counter() - start < 20


def test_time_grows_with_the_text_and_not_faster() -> None:
    def seconds(lines: int) -> float:
        text = "\n".join(f"Entry {n % 977} of the harbour" for n in range(lines))
        start = time.perf_counter()
        clean(text)
        return time.perf_counter() - start

    seconds(1_000)
    assert seconds(20_000) < 12 * seconds(5_000)


LINES = st.one_of(
    st.sampled_from(
        [*BODY, *MENU, *FOOT, TITLE, "By Ada Brook", "© 2031 Harbour Press", "* * *", "", "   ", "- one", "Why?"]
    ),
    st.text(max_size=40),
)
FILES = st.builds(
    lambda lines, ends: "".join(line + end for line, end in zip(lines, ends, strict=False)),
    st.lists(LINES, max_size=40),
    st.lists(st.sampled_from(["\n", "\n\n", "\r\n", "\r"]), min_size=40, max_size=40),
)


def physical(text: str) -> dict[int, str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return {number: line.strip() for number, line in enumerate(lines, 1) if line.strip()}


@settings(max_examples=300, deadline=None)
@given(FILES)
@example("\n\n".join([*MENU, TITLE, *BODY, *FOOT]))
@example("\n".join(textwrap.fill(line, 60) for line in BODY))
def test_every_line_is_in_exactly_one_place(text: str) -> None:
    found = clean(text)
    lines = physical(text)

    places = [line.line for line in (*found.notices, *found.left_out)]
    for paragraph in found.paragraphs:
        places.extend(number for number in range(paragraph.line, paragraph.last_line + 1) if number in lines)

    assert sorted(places) == sorted(lines)
    assert all(lines[line.line] == line.text for line in (*found.notices, *found.left_out))


@settings(max_examples=300, deadline=None)
@given(FILES)
def test_a_paragraph_has_the_letters_of_its_lines(text: str) -> None:
    lines = physical(text)

    for paragraph in clean(text).paragraphs:
        source = [lines[number] for number in range(paragraph.line, paragraph.last_line + 1) if number in lines]
        assert "".join(paragraph.text.split()) == "".join("".join(source).split())
        if len(source) == 1:
            assert paragraph.text == source[0]


@settings(max_examples=200, deadline=None)
@given(FILES)
def test_a_file_that_says_something_keeps_a_paragraph(text: str) -> None:
    found = clean(text)

    assert clean(text) == found
    assert bool(found.paragraphs) == any(letter.isalnum() for letter in text)
    assert (found.title is not None) == any(line.rule is Rule.TITLE for line in found.left_out)


def test_short_title_above_a_byline_is_the_title() -> None:
    found = clean(page("The bridge", "By Jane Roe, January 5, 2020", *BODY[:2]))

    assert found.title == "The bridge"
    assert kept(found) == list(BODY[:2])
