"""Bytes → text, with a word about any doubt."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from retrieval.errors import UnreadableFile

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes) -> tuple[str, str | None]:
    """The text of *data*, and a sentence when its encoding had to be guessed.

    Tried in order: a byte order mark, UTF-16 without one, strict UTF-8, Windows-1252, a statistical guess.

    Raises:
        UnreadableFile: *data* is empty or is no text.

    """
    if not data.strip(b"\x00 \t\r\n"):
        raise UnreadableFile("the file is empty")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(_strict(data, encoding)), None
    utf16 = _unmarked_utf16(data)
    if utf16 is not None:
        return _checked(_strict(data, utf16)), "read as UTF-16, which the file does not say; check its letters"
    try:
        return _checked(data.decode("utf-8")), None
    except UnicodeDecodeError as error:
        doubt = f"not UTF-8 at byte {error.start}"
    if b"\x00" in data:
        raise UnreadableFile("it holds binary data, not text")
    encoding = _guessed(data)
    return _checked(
        _strict(data, encoding)
    ), f"{doubt}, read as {encoding.replace('cp125', 'Windows-125')}; check its letters"


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"it begins as {encoding} text but is not, from byte {error.start}") from error


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
    best = from_bytes(data).best()
    western = data.decode("cp1252", "replace")
    # On a short English text with curly quotes the guess wanders among encodings that agree on it.
    if best is None or best.encoding == "ascii" or str(best) == western or best.language in ("English", "Unknown"):
        controls = sum(1 for character in western if character in "\ufffd" or "\x80" <= character <= "\x9f")
        if controls == 0:
            return "cp1252"
    if best is None:
        raise UnreadableFile("it holds binary data, or text in an encoding that cannot be told")
    return str(best.encoding)


def _checked(text: str) -> str:
    """*text*, unless it is full of control characters as only binary data is."""
    sample = text[:65536]
    controls = sum(1 for character in sample if character < " " and character not in "\t\n\r\f\v")
    if controls > len(sample) * 0.01:
        raise UnreadableFile("it holds binary data, not text")
    return text.replace("\x00", "")
