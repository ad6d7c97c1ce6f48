"""Names made from words."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from retrieval.model import ArticleId
from retrieval.splitting import citation_id, fingerprint, is_citation_id, paragraphs, slug

ARTICLE = ArticleId("harbour-news")


def test_citation_ids_are_the_same_on_every_machine() -> None:
    assert citation_id(ARTICLE, "The harbour froze on Monday.") == "1.harbour-news.g6lyixeah6za"


@given(st.permutations(["One fell.", "Two rose.", "Three stayed.", "Four left."]))
def test_order_does_not_change_the_id_of_a_paragraph(texts: list[str]) -> None:
    ids = {paragraph.text: paragraph.citation for paragraph in paragraphs(ARTICLE, texts)}

    assert ids == {text: citation_id(ARTICLE, text) for text in texts}


def test_typesetting_keeps_the_id_and_a_word_changes_it() -> None:
    typed = "“It’s over” – he said."

    assert fingerprint(typed) == fingerprint('"It\'s  over" - he\u00a0said.')
    assert fingerprint(typed) == fingerprint(unicodedata.normalize("NFD", typed).upper())
    assert fingerprint(typed) != fingerprint("“It’s over” – she said.")


def test_same_words_twice_in_an_article_have_two_ids() -> None:
    first, other, again = paragraphs(ARTICLE, ["Read more.", "Between.", "Read more."])

    assert again.citation == first.citation + ".2"
    assert len({first.citation, other.citation, again.citation}) == 3


@given(st.text(), st.text(min_size=1), st.integers(1, 999_999))
def test_citation_ids_fit_a_button_and_are_recognised(title: str, text: str, nth: int) -> None:
    article = slug(title)
    citation = citation_id(article, text, nth)

    # "page:999999999:" stands before it in a custom id of at most 100 characters.
    assert len(citation) <= 85
    assert is_citation_id(citation)
    assert not is_citation_id(article)


@given(st.text())
def test_slug_is_never_empty_and_holds_letters_digits_and_hyphens_only(title: str) -> None:
    assert re.fullmatch(r"[^\W_]+(-[^\W_]+)*", slug(title))
    assert len(slug(title)) <= 40


def test_slug_reads_like_the_title() -> None:
    assert slug("Kosovo’s Élan: “U.S.-brokered”") == "kosovos-elan-u-s-brokered"
    assert slug("Косово и Израиль") == "косово-и-израиль"
    assert slug("🙂") == slug("🙂") != slug("🙃")
