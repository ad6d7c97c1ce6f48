"""What was asked and how it was answered, without anybody's name."""

from bot.querylog.log import QueryLog
from bot.querylog.row import Asked, Door

__all__ = ["Asked", "Door", "QueryLog"]
