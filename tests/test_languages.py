"""The interface speaks each of its languages wholly, rightly formed, and never another one by accident."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st
from simcord import interactions

from bot import index_cards, words
from bot.cards import Card, Text, answer_card, question_of, short, side_by_side
from bot.client import QuothBot
from bot.cogs.naming import NAMES, Translator
from bot.curating import Activated
from bot.escaping import unescape
from bot.log_cards import summary_card
from bot.preferences import Preferences
from bot.querylog import Gap
from bot.querylog.reading import Day, Summary
from bot.reader import source_card
from bot.reviewing import Coverage, Covered, Overview, Quoted
from bot.service import Place, grouped
from bot.why_card import why_card
from bot.words import _, isolated, languages, n_, speak
from retrieval import errors
from retrieval.difference import ArticleChange, Difference
from retrieval.loading import load
from retrieval.model import Article, ArticleId, Corpus, Outcome, Passage
from retrieval.snapshot import Snapshot
from retrieval.spelling import Repair
from retrieval.splitting import paragraphs
from tests.browser import ROOT
from tests.screens import buttons, message_of, text
from tests.servers import Server
from tests.test_cards import LINES, answer, articles, assert_within_limits
from tests.test_index_cards import CHANGES, prepared
from tests.test_querylog import asked

TRANSLATED = [code for code in languages() if code != words.SOURCE]
MARKS = {"_", "n_", "N_", "pgettext"}
QUOTES = {"de": "„“", "sq": "„“", "sr": "„”", "tr": "“”"} | dict.fromkeys(("es", "fr", "ru", "uk", "ar"), "«»")
BOT = sorted((ROOT / "bot").rglob("*.py"))
SPOKEN = [
    ROOT / "bot" / name
    for name in (
        *("cards.py", "about_cards.py", "index_cards.py", "log_cards.py", "reader.py", "why_card.py", "verify_card.py"),
        *("service.py", "curating.py", "wanted.py", "client.py"),
    )
] + sorted((ROOT / "bot" / "cogs").glob("*.py"))

# https://discord.com/developers/docs/components/reference
# https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming
LIMITS = {
    "Button": (0, 80),
    "Choice": (0, 100),
    "Select": (1, 150),
    "Channels": (1, 150),
    "Form": (0, 45),
    "Field": (1, 45),
}
NAME = re.compile(r"[-_'\w]{1,32}")

INDEPENDENCE = "When did Kosovo declare independence?"
FEBRUARY = "declared independence from Serbia in 2008"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    speak(None)
    yield
    speak(None)


def wanted() -> set[tuple[str | None, Any]]:
    """Every message in the code, by its context."""
    keywords = {**DEFAULT_KEYWORDS, "n_": (1, 2)}
    found = [
        (context, message)
        for folder in ("bot", "retrieval")
        for _file, _line, message, _comments, context in extract_from_dir(
            ROOT / folder, method_map=[("**.py", "python")], keywords=keywords
        )
    ]
    return set(found)


def catalogue(code: str) -> Catalog:
    with (ROOT / "bot" / "locales" / code / "quoth.po").open("rb") as written:
        return read_po(written, locale=code)


def messages(code: str) -> list[Message]:
    return [message for message in catalogue(code) if message.id]


def forms(message: Message) -> tuple[str, ...]:
    said: Any = message.string
    return said if isinstance(said, tuple) else (said,)


def test_there_are_the_languages_that_were_promised() -> None:
    assert {"en", "de", "es", "fr", "ru", "uk", "tr", "sr", "sq", "ar"} <= set(languages())


@pytest.mark.parametrize("code", TRANSLATED)
def test_catalogue_has_every_message_and_no_other(code: str) -> None:
    assert {(message.context, message.id) for message in messages(code)} == wanted()
    assert not [message.id for message in messages(code) if message.fuzzy or not all(forms(message))]


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_name_the_same_values(code: str) -> None:
    for message in messages(code):
        many: str = message.id[-1] if isinstance(message.id, (tuple, list)) else message.id
        for form in forms(message):
            assert fields(form) | {"{n}"} == fields(many) | {"{n}"}, form
            assert form.count("`") == many.count("`"), form
            assert form.count("**") == many.count("**"), form


@pytest.mark.parametrize("code", TRANSLATED)
def test_plural_forms_are_those_of_the_language(code: str) -> None:
    plural = get_plural(code)
    assert catalogue(code).plural_forms == plural.plural_forms
    form_of = gettext.c2py(plural.plural_expr)  # as gettext reads the header itself
    numbers = [form_of(number) for number in range(300)]
    for message in messages(code):
        if isinstance(message.id, tuple):
            assert len(forms(message)) == plural.num_plurals, message.id
            # A form that serves one number may have it as a word.
            unnumbered = {nth for nth, form in enumerate(forms(message)) if "{n}" not in form}
            assert all(numbers.count(nth) == 1 for nth in unnumbered), message.id


def test_numbers_have_their_forms() -> None:
    speak("ru")
    assert [n_("{n} article", "{n} articles", number) for number in (1, 3, 5, 21)] == [
        "1 статья",
        "3 статьи",
        "5 статей",
        "21 статья",
    ]
    speak("ar")
    assert [n_("{n} article", "{n} articles", number) for number in (1, 2, 3, 11, 100)] == [
        "مقال واحد",
        "مقالان",
        "3 مقالات",
        "11 مقالًا",
        "100 مقال",
    ]


def fields(form: str) -> set[str]:
    return set(re.findall(r"\{[^}]*\}", form))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""), node


def test_marked_messages_are_found_by_the_extraction() -> None:
    # Babel passes over what stands within an f-string.
    marked = set()
    for path in BOT + sorted((ROOT / "retrieval").rglob("*.py")):
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if name in MARKS and call.args and isinstance(call.args[0], ast.Constant):
                texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
                marked.add(
                    ("name", texts[1]) if name == "pgettext" else (None, tuple(texts) if name == "n_" else texts[0])
                )

    assert marked == wanted()


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.name)
def test_no_sentence_is_left_unmarked(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    ours = {id(node) for name, call in calls(tree) if name in MARKS for node in ast.walk(call)}
    # What the operator reads in the log, and what no person reads.
    others = {"debug", "info", "warning", "error", "exception", "compile", "ValueError"}
    ours |= {id(node) for name, call in calls(tree) if name in others for node in ast.walk(call)}
    ours |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}

    left = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in ours
        if re.search(r"[A-Za-z]{2,} [a-z]{2,}", node.value)
    ]
    assert left == []
    labels = [
        said.value
        for name, call in calls(tree)
        for said in call.args[LIMITS.get(name, (9, 0))[0] :][:1]
        if isinstance(said, ast.Constant)
    ]
    assert labels == []


def test_errors_of_the_library_can_be_translated() -> None:
    told = {name for name in vars(errors) if name[0].isupper() and name not in ("N_", "QuothError")}
    for path in sorted((ROOT / "retrieval").rglob("*.py")):
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if name in told and call.args:
                assert not isinstance(call.args[0], ast.Constant | ast.JoinedStr), (path, call.lineno)

    speak("de")
    error = errors.UnknownArticle(errors.N_("There is no article “{name}”."), name="{a}")
    assert words.explained(error) == "Es gibt keinen Artikel „{a}“."
    assert str(error) == "There is no article “{a}”."


def test_what_is_said_of_files_can_be_translated(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "dated.md").write_text("---\npublished: soon\n---\nThe harbour froze in January 1901.\n")
    (tmp_path / "picture.png").write_text("")
    problems = [problem.sentence for problem in load(tmp_path).problems]

    speak("de")
    assert [words.explained(problem) for problem in problems] == [
        "dated.md: published: „soon“ ist kein Datum wie 2021-02-01; es wurde weggelassen.",
        "empty.txt wurde übergangen: die Datei ist leer.",
        "picture.png wurde übergangen: gelesen werden nur Dateien der Arten .txt, .md, .html, .htm, .pdf, .rss, .atom, "
        ".xml, .jsonl, .ndjson.",
    ]
    assert problems[1] == "empty.txt was skipped: the file is empty."
    # What an older Quoth has written down is shown as it is.
    assert words.explained("empty.txt was skipped") == "empty.txt was skipped"


@pytest.mark.parametrize("code", TRANSLATED)
def test_quotation_marks_are_those_of_the_language(code: str) -> None:
    for message in messages(code):
        for form in forms(message):
            marks = re.findall('[„“”«»"]', form)
            assert marks == list(QUOTES[code]) * (len(marks) // 2), form


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.name)
def test_quotation_marks_stand_in_what_is_translated(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    ours = {id(node) for name, call in calls(tree) if name in {*MARKS, "warning"} for node in ast.walk(call)}
    ours |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    # A citation is copied into texts of any language.
    ours |= {
        id(node) for one in ast.walk(tree) if getattr(one, "name", "") == "citation_text" for node in ast.walk(one)
    }

    assert not [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "“" in node.value and id(node) not in ours
    ]


@pytest.mark.parametrize("code", TRANSLATED)
def test_labels_fit_discords_limits(code: str) -> None:
    speak(code)
    for path in SPOKEN:
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            at, limit = LIMITS.get(name, (9, 0))
            for inner, mark in calls(call.args[at]) if at < len(call.args) else ():
                if inner == "_" and isinstance(mark.args[0], ast.Constant):
                    assert len(words.catalogue(code).gettext(str(mark.args[0].value))) <= limit


async def test_names_and_descriptions_of_commands_keep_discords_rules(server: Server, simcord_bot: QuothBot) -> None:
    named, described = set(), set()

    def look(siblings: list[dict[str, Any]]) -> None:
        for one in siblings:
            if one.get("type") != 3 or "description" in one:
                named.add(one["name"])
                described.add(one["description"])
        for locale in {locale for one in siblings for locale in one.get("name_localizations") or {}}:
            names = [(one.get("name_localizations") or {}).get(locale, one["name"]) for one in siblings]
            assert len(set(names)) == len(names), (locale, names)
        for one in siblings:
            assert all(len(said) <= 100 for said in (one.get("description_localizations") or {}).values())
            if "description" in one:
                names = list((one.get("name_localizations") or {}).values())
                assert all(NAME.fullmatch(name) and name == name.lower() for name in names), names
            look(one.get("options", []))

    commands = [
        await command.get_translated_payload(simcord_bot.tree, Translator())
        for command in simcord_bot.tree.get_commands()
    ]
    look(commands)

    assert named == NAMES
    for code in TRANSLATED:
        assert all(len(words.catalogue(code).gettext(said)) <= 100 for said in described), code
    (asking,) = (command for command in commands if command["name"] == "ask")
    assert asking["name_localizations"]["de"] == "frage"
    assert set(asking["name_localizations"]) >= {"de", "fr", "es-ES", "es-419", "ru", "uk", "tr"}
    assert {request.method for request in server.env.http_requests} >= {"PUT"}


@pytest.fixture
def locale(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the language of every member's Discord; simcord's is American English."""
    spoken, made = ["en-US"], interactions.base_payload

    def localised(*args: Any, **options: Any) -> Any:
        record, payload = made(*args, **options)
        return record, {**payload, "locale": spoken[0]}

    monkeypatch.setattr(interactions, "base_payload", localised)
    return lambda code: spoken.__setitem__(0, code)


async def test_member_reads_the_language_of_their_discord(server: Server, locale: Callable[[str], None]) -> None:
    locale("de")
    german = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)
    refused = await server.member.slash(server.channel, "source", article="Nowhere")
    helped = text(await server.member.slash(server.channel, "help"))
    locale("en-US")
    english = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

    assert "wörtlich zitiert. Nichts davon ist erfunden." in text(german)
    assert "Warum diese?" in buttons(message_of(german))
    assert FEBRUARY in text(german)
    assert text(refused) == "Es gibt keinen Artikel „Nowhere“."
    assert "/frage" in helped
    assert "quoted exactly. Nothing here is generated." in text(english)


async def test_server_decides_for_members_whose_language_is_missing(
    server: Server, locale: Callable[[str], None], quoth: Any
) -> None:
    preferences: Preferences = quoth.preferences
    preferences.change(server.env.guild.id, language="ar")
    locale("ja")

    shown = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

    assert "لا شيء هنا مُختلَق." in text(shown)
    assert FEBRUARY in text(shown)
    assert f"\u2068{INDEPENDENCE}\u2069" in text(shown)
    helped = text(await server.member.slash(server.channel, "help"))
    assert "/ask" in helped
    why = await server.member.click(message_of(shown).message, label="لماذا هذه؟")
    assert INDEPENDENCE in text(why)


async def test_catalogues_are_read_at_the_start(server: Server, new_bot: Callable[[], QuothBot]) -> None:
    words.catalogue.cache_clear()

    await server.env.restart_bot(new_bot())

    assert words.catalogue.cache_info().currsize == len(languages())


@pytest.mark.parametrize("code", languages())
def test_summary_of_a_busy_log_keeps_to_the_limits_in_every_language(code: str) -> None:
    speak(code)
    gaps = tuple(Gap((asked(at, question=f"{at} {'w' * 290}", outcome=Outcome.UNCOVERED),)) for at in range(2000))
    day = Day(date(2026, 1, 1), dict.fromkeys(Outcome, 3_000_000))
    busy = Summary((day,) * 366, 999_999, 999_999, (12.5, 99.5), (), (), tuple(("w" * 60, 99_999) for _ in range(10)))
    shown = tuple(Quoted("T" * 300, 999, 999_999) for _ in range(10))
    article = Article(ArticleId("a"), "T" * 300, paragraphs(ArticleId("a"), ["Ice."], ["m"]), "a.md", "d")
    covered = tuple(Covered(gap, article, article.paragraphs[0]) for gap in gaps[:90])

    card = summary_card(Overview(busy, shown, shown, Coverage(gaps, 100, covered)), None)

    assert_within_limits(card)
    assert len([one for one in card.blocks if isinstance(one, Text)]) >= 5


def test_text_of_the_other_direction_is_isolated() -> None:
    assert _("¶{number} of {title}", number=5, title="Harbour 1901") == "¶5 of Harbour 1901"
    assert _("¶{number} of {title}", number=5, title="ميناء 1901") == "¶5 of \u2068ميناء 1901\u2069"
    assert side_by_side(["ميناء", "2021-02-01"]) == "\u2068ميناء\u2069 · 2021-02-01"

    speak("ar")
    assert side_by_side(["Harbour", "2021-02-01"]) == "\u2068Harbour\u2069 · \u20682021-02-01\u2069"


@pytest.mark.parametrize("question", ["When?", "متى؟ 1901", "\u2068a\u2069 b", "**متى**"])
def test_question_of_a_card_is_read_from_it_in_every_language(question: str) -> None:
    for code in languages():
        speak(code)
        assert question_of(f"**{isolated(short(question, 620))}**\nmore") == question


@settings(max_examples=60)
@given(st.sampled_from(languages()), articles(), st.text("*@[`ا", min_size=300, max_size=300), st.lists(LINES))
def test_cards_of_members_are_within_limits_and_quote_what_is_stored(
    code: str, article: Article, question: str, missing: list[str]
) -> None:
    speak(code)
    passages = [Passage(article, part, "en", 1.0, 1.0, (), lacking=tuple(missing)) for part in article.paragraphs[:5]]
    repairs = tuple(Repair(word, 0, 1, word, same=False) for word in missing)
    found = grouped(passages, lambda passage: passage)

    for outcome in (Outcome.ANSWERED, Outcome.WEAK):
        card = answer_card(answer([*found], outcome, question, tuple(missing), repairs))
        assert_within_limits(card)
        assert question_of(shown(card)[0]) == question
        quoted = [
            unescape(block.markdown.split("\n", 1)[1])
            for block in card.blocks
            if isinstance(block, Text) and block.button
        ]
        for said, passage in zip(quoted, found, strict=True):
            assert said.replace("\n> ", "\n").removeprefix("> ") in passage.paragraph.text
    assert_within_limits(answer_card(answer([], Outcome.UNCOVERED, question, tuple(missing))))
    assert_within_limits(source_card(Place(article, article.paragraphs[0])))
    assert_within_limits(why_card(question, Snapshot(Corpus((article,))).explain(question, 5)))


@settings(max_examples=40)
@given(
    st.sampled_from(languages()),
    st.lists(CHANGES, max_size=12),
    st.lists(articles(), min_size=1, max_size=3, unique_by=lambda one: one.id),
)
def test_cards_of_moderators_are_within_limits(code: str, changes: list[ArticleChange], found: list[Article]) -> None:
    speak(code)
    told = Difference.of(tuple(changes), tuple(changes), tuple(changes), 5, ())

    assert_within_limits(index_cards.change_card(prepared(told), do=_("Activate"), action="activate:0a1b2c3d"))
    assert_within_limits(index_cards.report_card(Activated(prepared(told), None, "No space left on device")))
    assert_within_limits(index_cards.articles_card(found, 1))
    assert_within_limits(index_cards.article_card(found[0], 1))


def shown(card: Card) -> list[str]:
    return [block.markdown for block in card.blocks if isinstance(block, Text)]


def test_direction_that_a_title_begins_ends_with_it() -> None:
    assert isolated("Bidi \u202egnp x") == "\u2068Bidi \u202egnp x\u2069"
    assert isolated("Bidi") == "Bidi"
    assert isolated("a\u2069 \u202egnp\u2067") == "\u2068a \u202egnp\u2069"
    assert isolated("\u2067a\u2069") == "\u2068\u2067a\u2069\u2069"
