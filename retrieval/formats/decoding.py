"""Bytes → text, with a sentence about any doubt."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.mojibake import repaired
from retrieval.phrases import Phrase

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The text of *data* with its mojibake repaired, and a sentence for each thing that had to be guessed or repaired.

    Tried in order: a byte order mark, the encoding that the file has *declared* inside (by the names of the web),
    UTF-16 without a mark, strict UTF-8, Windows-1252, a statistical guess.

    Raises:
        UnreadableFile: *data* is empty or is no text.

    """
    if not data.strip(b"\x00 \t\r\n"):
        raise UnreadableFile(N_("the file is empty"))
    text, doubt = _text(data, _python_name(declared))
    text, repair = repaired(_checked(text))
    return text, tuple(remark for remark in (doubt, repair) if remark is not None)


def _text(data: bytes, declared: str | None) -> tuple[str, str | None]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strict(data, encoding), None
    if declared is not None:
        try:
            return data.decode(declared), None
        except UnicodeDecodeError:
            pass  # What a page says of itself is often wrong; then its bytes are asked.
    utf16 = _unmarked_utf16(data)
    if utf16 is not None:
        return _strict(data, utf16), Phrase(N_("read as UTF-16, which the file does not say; check its letters"))
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        wrong = error.start
    if b"\x00" in data:
        raise UnreadableFile(N_("it holds binary data, not text"))
    encoding = _guessed(data)
    return _strict(data, encoding), Phrase(
        N_("not UTF-8 at byte {byte}, read as {encoding}; check its letters"),
        byte=wrong,
        encoding=encoding.replace("cp125", "Windows-125"),
    )


def _python_name(label: str | None) -> str | None:
    """Python's codec for the web's *label* of an encoding; None for what is none."""
    label = (label or "").strip().lower()
    if not _WEB_ENCODING.fullmatch(label):
        return None
    # https://encoding.spec.whatwg.org/#names-and-labels: on the web these are names of Windows-1252.
    return "cp1252" if label in ("iso-8859-1", "latin1", "ascii", "us-ascii") else label


# Python also has codecs named "idna" and "unicode_escape", which no page may ask for.
_WEB_ENCODING = re.compile(
    r"utf-?8|(?:us-)?ascii|latin1|iso-8859-\d\d?|(?:windows-|cp)(?:125\d|874)|koi8-[ru]|macintosh|gbk|gb2312|gb18030"
    r"|big5(?:-hkscs)?|euc-(?:jp|kr)|shift[-_]jis|iso-2022-jp"
)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            N_("it begins as {encoding} text but is not, from byte {byte}"), encoding=encoding, byte=error.start
        ) from error


def _unmarked_utf16(data: bytes) -> str | None:
    """Western UTF-16 has a zero in every other byte; nothing else that is text has any."""
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) * 0.2 and even < odd / 10:
        return "utf-16-le"
    if even > len(sample) * 0.2 and odd < even / 10:
        return "utf-16-be"
    return None


def _guessed(data: bytes) -> str:
    western = data.decode("cp1252", "replace")
    # Statistics need letters: of a few sentences they make any of a dozen encodings.
    if len(data) < _SHORT and _WESTERN.fullmatch(western) and not _FOREIGN_RUN.search(western):
        return "cp1252"
    best = from_bytes(data).best()
    # On a short English text with curly quotes the guess wanders among encodings that agree on it.
    if best is None or best.encoding == "ascii" or str(best) == western or best.language in ("English", "Unknown"):
        controls = sum(1 for character in western if character in "\ufffd" or "\x80" <= character <= "\x9f")
        if controls == 0:
            return "cp1252"
    if best is None:
        raise UnreadableFile(N_("it holds binary data, or text in an encoding that cannot be told"))
    return str(best.encoding)


_SHORT = 2000
# The letters and signs that Western texts are written with; in other encodings their bytes stand for others.
_WESTERN = re.compile("[\t\n\r\f -~\u00a0¡£§©«®°·»¿À-ÖØ-öø-ÿŒœŠšŽžŸ‘’‚“”„–—…•€™]*")
_FOREIGN_RUN = re.compile("[À-ÖØ-öø-ÿ]{3}")


def _checked(text: str) -> str:
    """*text*, unless it is full of control characters as only binary data is."""
    sample = text[:65536]
    controls = sum(1 for character in sample if character < " " and character not in "\t\n\r\f\v")
    if controls > len(sample) * 0.01:
        raise UnreadableFile(N_("it holds binary data, not text"))
    return text.replace("\x00", "")
