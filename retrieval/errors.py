"""Everything that can go wrong in the library.

QuothError
├── EmptyCorpus          nothing in the folder could be read as an article
├── FolderMissing        the articles folder is not there or not a folder
├── UnreadableFile       one file could not be read; becomes a Problem
├── UnknownArticle       no article of that id or title
├── UnknownCitation      no paragraph of that citation id, and none can be pointed to
└── IndexUnavailable     the engine did not answer
"""

from __future__ import annotations


class QuothError(Exception):
    """A fact that a person can be told: the message is one plain sentence."""


class EmptyCorpus(QuothError):
    """Nothing in the folder could be read as an article."""


class FolderMissing(QuothError):
    """The articles folder is not there, or is not a folder."""


class UnreadableFile(QuothError):
    """One file could not be read; the loader turns it into a Problem."""


class UnknownArticle(QuothError):
    """No article has that id or title."""


class UnknownCitation(QuothError):
    """No paragraph has that citation id."""


class IndexUnavailable(QuothError):
    """The engine did not answer."""
