"""Files that are made to hurt whoever reads them, by their names."""

from __future__ import annotations

import zlib


def _bomb() -> bytes:
    """A PDF of a few kilobytes whose page unpacks to 400 MB."""
    packed = zlib.compress(b"BT /F1 12 Tf (frozen harbour) Tj ET\n" * 11_000_000, 9)
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        stream,
    ]
    file, rows = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, one in enumerate(objects, start=1):
        rows += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj %s endobj\n" % (number, one)
    return file + b"xref\n0 5\n%strailer<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF" % (rows, len(file))


_LAUGHS = "\n".join(
    ["---", "a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    + [f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]" for before, one in zip("abcdefgh", "bcdefghi", strict=True)]
    + ["title: *i", "author: *i", "---", "The harbour froze."]
)

_ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {one} "{f"&{before};" * 10}">' for before, one in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><rss><channel><item><title>&i;</title><description>&i;</description></item></channel></rss>"
)

HOSTILE: dict[str, bytes] = {
    "attributes.html": b"<p " + b" ".join(b"a%d=1" % n for n in range(400_000)) + b">The harbour froze.",
    "bomb.pdf": _bomb(),
    "lists.md": b"- " * 1_000_000,
    "broken.pdf": b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]/Type/Pages>>endobj\n" * 50_000,
    "comments.html": b"<!--" * 1_250_000,
    "deep.html": b"<div>" * 100_000 + b"The harbour froze.",
    "deep.jsonl": b'{"text": ' + b"[" * 1_000_000,
    "elements.html": b"<p>a" * 1_000_000,
    "empty.txt": b"",
    "entities.xml": _ENTITIES.encode(),
    "items.rss": b"<rss><channel>" + b"<item>" * 50_000,
    "large.txt": b"The harbour froze. " * 400_000,
    "laughs.md": _LAUGHS.encode(),
    "lines.jsonl": b"[]\n" * 1_000_000,
    "noise.pdf": bytes(range(256)) * 4000,
    "nul.txt": bytes(4_000_000),
    "quotes.md": b">" * 500_000 + b" The harbour froze.",
    "shell.html": b"\x7fELF" + bytes(100_000),
    "stars.md": b"*a_" * 1_000_000,
    "tags.atom": b"<feed>" + b"<" * 2_000_000,
}
"""Twenty."""
