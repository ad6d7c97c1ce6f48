"""What moderators decide about an article: it is kept beside the files, so that every reload keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from retrieval.formats import Draft
from retrieval.model import LeftOut, Line, Metadata, Rule
from retrieval.splitting import fingerprint


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one article."""

    removed: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    """Statements that stand over those of the file."""
    put_back: frozenset[str] = frozenset()
    """Fingerprints of pieces that are paragraphs although the rules left them out."""
    taken_out: frozenset[str] = frozenset()
    """Fingerprints of paragraphs that are none."""
    title: str | None = None
    """What the file called the article then: under another title it is another article, of which this says nothing."""


NOTHING_DECIDED = Decision()

Decisions = Mapping[str, Decision]
"""By the article's origin; see `Article.origin`."""


def stated(over: Metadata, under: Metadata) -> Metadata:
    """The statements of *over*, and those of *under* about which it says nothing."""
    names = [field.name for field in fields(Metadata)]
    return Metadata(**{name: getattr(over, name) or getattr(under, name) for name in names})


def together(over: Decision, under: Decision) -> Decision:
    """Both decisions; where they contradict each other *over* wins."""
    return Decision(
        over.removed or under.removed,
        stated(over.metadata, under.metadata),
        over.put_back | (under.put_back - over.taken_out),
        over.taken_out | (under.taken_out - over.put_back),
        over.title,
    )


def decided(draft: Draft, decision: Decision) -> Draft:
    """*draft* as it is after *decision*, its pieces in the order of the file."""
    if decision == NOTHING_DECIDED:
        return draft
    out = [line for line in draft.lines if fingerprint(line.text) in decision.taken_out]
    beside = (*draft.left_out, *draft.notices)
    back = [line for line in beside if fingerprint(line.text) in decision.put_back]
    kept = [line for line in draft.lines if line not in out] + [Line(line.line, line.text) for line in back]
    left_out = [line for line in draft.left_out if line not in back]
    left_out += [LeftOut(line.line, line.text, Rule.TAKEN_OUT) for line in out]
    return replace(
        draft,
        lines=tuple(sorted(kept, key=lambda line: line.line)),
        left_out=tuple(sorted(left_out, key=lambda line: line.line)),
        notices=tuple(line for line in draft.notices if line not in back),
        metadata=stated(decision.metadata, draft.metadata),
    )
