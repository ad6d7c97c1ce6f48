"""What was asked and how it was answered, without anybody's name."""

from bot.querylog.gaps import Gap
from bot.querylog.log import QueryLog
from bot.querylog.pseudonyms import Pseudonyms
from bot.querylog.reading import LogReader
from bot.querylog.row import Asked, Door, Entry, Forgotten, Judged, Opened, Sent
from bot.querylog.writer import Writer

__all__ = [
    "Asked",
    "Door",
    "Entry",
    "Forgotten",
    "Gap",
    "Judged",
    "LogReader",
    "Opened",
    "Pseudonyms",
    "QueryLog",
    "Sent",
    "Writer",
]
