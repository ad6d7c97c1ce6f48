"""The questions that were lately answered for all to see, by server, to be suggested where moderators allow it."""

from __future__ import annotations

from collections import OrderedDict

_SERVERS, _QUESTIONS = 1000, 100


class Lately:
    """Keeps the last questions of the servers that asked last. It is in memory alone."""

    def __init__(self) -> None:
        self._asked: OrderedDict[int, OrderedDict[str, str]] = OrderedDict()

    def note(self, server: int, name: str, question: str) -> None:
        """Remember *question*, whose id is *name*."""
        asked = self._asked.setdefault(server, OrderedDict())
        self._asked.move_to_end(server)
        for other in [one for one, words in asked.items() if words.casefold() == question.casefold()]:
            del asked[other]
        asked[name] = question
        if len(asked) > _QUESTIONS:
            asked.popitem(last=False)
        if len(self._asked) > _SERVERS:
            self._asked.popitem(last=False)

    def forget(self, name: str) -> None:
        """Forget the question of that id."""
        for asked in self._asked.values():
            asked.pop(name, None)

    def clear(self, server: int | None) -> None:
        """Forget the questions of *server*, or of all."""
        if server is None:
            self._asked.clear()
        else:
            self._asked.pop(server, None)

    def suggest(self, server: int, typed: str, limit: int) -> list[str]:
        """At most *limit* questions of *server* that hold what was typed, the last first."""
        wanted = typed.strip().casefold()
        asked = reversed(self._asked.get(server, {}).values())
        return [question for question in asked if wanted in question.casefold()][:limit]
