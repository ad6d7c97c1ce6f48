"""The questions that are suggested: the last ones of the servers that asked last, each of them once."""

from __future__ import annotations

from bot.lately import _QUESTIONS, _SERVERS, Lately


def test_question_asked_again_in_other_letters_is_suggested_once_and_as_it_was_asked_last() -> None:
    lately = Lately()
    for name, question in (("a", "When did it freeze?"), ("b", "Who sank?"), ("c", "WHEN did it freeze?")):
        lately.note(1, name, question)

    assert lately.suggest(1, "", 25) == ["WHEN did it freeze?", "Who sank?"]


def test_oldest_question_of_a_server_gives_way() -> None:
    lately = Lately()
    for number in range(_QUESTIONS + 1):
        lately.note(1, str(number), f"Who is number {number}?")

    assert lately.suggest(1, "", 1000)[-1] == "Who is number 1?"
    assert len(lately.suggest(1, "", 1000)) == _QUESTIONS


def test_server_that_asked_longest_ago_gives_way() -> None:
    lately = Lately()
    for server in range(_SERVERS):
        lately.note(server, "a", "When did it freeze?")
    lately.note(0, "b", "Who sank?")
    lately.note(_SERVERS, "a", "When did it freeze?")

    assert lately.suggest(0, "", 25) == ["Who sank?", "When did it freeze?"]
    assert lately.suggest(1, "", 25) == []


def test_forgotten_question_is_suggested_nowhere() -> None:
    lately = Lately()
    lately.note(1, "a", "When did it freeze?")
    lately.note(2, "b", "Who sank?")

    lately.forget("a")

    assert (lately.suggest(1, "", 25), lately.suggest(2, "", 25)) == ([], ["Who sank?"])
