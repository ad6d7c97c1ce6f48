"""Fits the weights of the cleaner on judged pages and measures it: `python -m benchmarks.cleaning [--write]`.

The pages are no part of the project: EVAL_COLLECTIONS names the folder that holds them (`../shared/eval`
otherwise).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from retrieval.cleaning import clean, weights
from retrieval.cleaning.blocks import blocks
from retrieval.cleaning.evidence import features, measured

EVAL = Path(os.environ.get("EVAL_COLLECTIONS", "../shared/eval"))
PLAIN = ("wikinews", "xquad-de", "xquad-es", "xquad-ru", "stackfaq")  # reuters2k is for research only
PLAIN_DOCUMENTS = 250
PLAIN_WEIGHT = 0.15
"""Of a paragraph of an article without furniture, against 1 for a judged block of a page."""
PENALTY = 10.0
"""L2, on standardised features."""
FOLDS, RUNS = 5, 3

ARTICLE, FURNITURE, UNJUDGED = 1, 0, -1
Floats = NDArray[np.float64]


def main() -> None:
    """Cross-validate, and fit on everything if asked to."""
    judged = json.loads((EVAL / "pages" / "judgments.json").read_text(encoding="utf-8"))
    texts = {name: (EVAL / "pages" / f"{name}.txt").read_text(encoding="utf-8") for name in judged}
    examples = {name: _page_examples(texts[name], judged[name]) for name in judged} | dict(_plain_examples())
    columns = ["bias", *features(measured([block.text for block in blocks(texts[min(texts)])]))[0]]
    rows = [_cross_validated(examples, columns, texts, judged, seed) for seed in range(RUNS)]
    recall, precision, f1, left_out = np.mean(rows, axis=0)
    sys.stdout.write(
        f"recall {recall:.3f}  precision {precision:.3f}  F1 {f1:.3f}  furniture left out {left_out:.3f}\n"
    )
    if "--write" in sys.argv:
        _write(columns, _fitted(list(examples.values())))


Example = tuple[Floats, NDArray[np.int64], float]
"""Feature rows of a file's blocks, their labels, and the weight of each."""


def _page_examples(text: str, judgment: Mapping[str, Sequence[str]]) -> Example:
    parts = [" ".join(block.text.split()) for block in blocks(text)]
    starts = np.cumsum([0, *(len(part) + 1 for part in parts[:-1])])
    flat = " ".join(parts)
    labels = np.full(len(parts), UNJUDGED)

    def places(segment: str) -> list[range]:
        words = " ".join(segment.split())
        found = (match.span() for match in re.finditer(re.escape(words), flat))
        ends = [np.searchsorted(starts, (first, last - 1), "right") - 1 for first, last in found]
        return [range(int(first), int(last) + 1) for first, last in ends]

    for segment in judgment["with"]:
        # A segment that stands several times is meant where the longest block holds it.
        for place in sorted(places(segment), key=lambda place: -len(parts[place.start]))[:1]:
            labels[list(place)] = ARTICLE
    for segment in judgment["without"]:
        for place in places(segment):
            labels[[at for at in place if labels[at] == UNJUDGED]] = FURNITURE
    return _matrix(parts), labels, 1.0


def _plain_examples() -> Iterator[tuple[str, Example]]:
    """Articles without furniture, so that the weights also see files that are nothing but text."""
    random = np.random.default_rng(4)
    for name in PLAIN:
        articles: dict[str, list[dict[str, Any]]] = {}
        for line in (EVAL / name / "passages.jsonl").read_text(encoding="utf-8").splitlines():
            passage = json.loads(line)
            articles.setdefault(passage["article_id"], []).append(passage)
        ids = sorted(articles)
        for nth in range(PLAIN_DOCUMENTS // len(PLAIN)):
            article = articles[ids[random.integers(len(ids))]]
            count = int(random.choice([1, 2, 3, 5, 8, 12]))
            first = int(random.integers(max(1, len(article) - count + 1)))
            parts = [" ".join(passage["text"].split()) for passage in article[first : first + count]]
            title = [" ".join(article[0]["title"].split())] if nth % 2 and article[0].get("title") else []
            labels = np.array([UNJUDGED] * len(title) + [ARTICLE] * len(parts))
            yield f"{name}/{nth}", (_matrix([*title, *parts]), labels, PLAIN_WEIGHT)


def _matrix(parts: Sequence[str]) -> Floats:
    return np.array([[1.0, *row.values()] for row in features(measured(parts))])


def _fitted(examples: Sequence[Example]) -> Floats:
    """The weights of a logistic regression; the first is the bias."""
    rows = np.vstack([matrix[labels >= 0] for matrix, labels, _ in examples])
    truth = np.concatenate([labels[labels >= 0] for _, labels, _ in examples])
    share = np.concatenate([np.full((labels >= 0).sum(), weight) for _, labels, weight in examples])
    scale = rows.std(axis=0) + 1e-6
    scale[0] = 1
    rows = rows / scale
    penalty = np.full(rows.shape[1], PENALTY)
    penalty[0] = 0.01

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = rows @ weights
        likely = 1 / (1 + np.exp(-odds))
        value = float((share * (np.logaddexp(0, odds) - truth * odds)).sum() + (penalty * weights**2).sum() / 2)
        return value, rows.T @ (share * (likely - truth)) + penalty * weights

    start = np.zeros(rows.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400})
    best: Floats = found.x / scale
    return best


def _cross_validated(
    examples: Mapping[str, Example],
    columns: Sequence[str],
    texts: Mapping[str, str],
    judged: Mapping[str, Mapping[str, Sequence[str]]],
    seed: int,
) -> tuple[float, float, float, float]:
    """The whole cleaner's figures, every page cleaned with weights that never saw it."""
    names = sorted(examples)
    order = np.random.default_rng(seed).permutation(len(names))
    kept: dict[str, list[str]] = {}
    for fold in range(FOLDS):
        left_out = {names[at] for at in order[fold::FOLDS]}
        fitted = _fitted([examples[name] for name in names if name not in left_out])
        learned = dict(zip(columns, map(float, fitted), strict=True))
        for name in left_out & set(texts):
            kept[name] = [paragraph.text for paragraph in clean(texts[name], weights=learned).paragraphs]
    return _figures(kept, judged)


def _figures(
    kept: Mapping[str, Sequence[str]], judged: Mapping[str, Mapping[str, Sequence[str]]]
) -> tuple[float, float, float, float]:
    """Recall, precision, F1 over judged segments, and the share of furniture left out."""
    counts = {"with": [0, 0], "without": [0, 0]}
    for name, judgment in judged.items():
        flat = " ".join(" ".join(part.split()) for part in kept[name])
        for kind, count in counts.items():
            for segment in judgment[kind]:
                count[" ".join(segment.split()) in flat] += 1
    (lost, held), (out, leaked) = counts["with"], counts["without"]
    recall, precision = held / (held + lost), held / (held + leaked)
    return recall, precision, 2 * precision * recall / (precision + recall), out / (out + leaked)


def _write(columns: Sequence[str], fitted: Floats) -> None:
    path = Path(weights.__file__)
    head, _, _ = path.read_text(encoding="utf-8").partition("    {\n")
    rows = "".join(f'        "{name}": {weight:.3f},\n' for name, weight in zip(columns, fitted, strict=True))
    path.write_text(f"{head}    {{\n{rows}    }}\n)\n", encoding="utf-8")


if __name__ == "__main__":
    main()
