"""Everything that can go wrong in the library.

QuothError
├── EmptyCorpus          nothing in the folder could be read as an article
├── FolderMissing        the articles folder is not there or not a folder
├── UnreadableFile       one file could not be read; becomes a Problem
│   └── FileUnavailable  a file cannot be added, or not be handed out any more
├── UnknownArticle       no article of that id or title
├── UnknownCitation      no paragraph ever had that citation id
├── UnknownUpload        an uploaded file is not kept any more
├── VersionDamaged       a stored version is not as it was written
├── StaleChange          the articles have changed since the change was prepared
├── ChangeUnderWay       another process is preparing a change
├── ReadersUnavailable   no process could be started that reads files
└── IndexUnavailable     the engine did not answer
"""

from __future__ import annotations

from retrieval.phrases import Phrase


class QuothError(Exception):
    """A fact that a person can be told: *message* is one plain sentence, which names its *values* in braces.

    As a text it is that sentence in English, with the values.
    """

    def __init__(self, message: str, **values: object) -> None:
        self.phrase = Phrase(message, **values)
        super().__init__(str(self.phrase))


def N_(message: str) -> str:  # noqa: N802  # the name that gettext's tools look for
    """*message*, which others translate: https://docs.python.org/3/library/gettext.html#deferred-translations."""
    return message


class EmptyCorpus(QuothError):
    """Nothing in the folder could be read as an article."""


class FolderMissing(QuothError):
    """The articles folder is not there, or is not a folder."""


class UnreadableFile(QuothError):
    """One file could not be read; the loader turns it into a Problem."""


class FileUnavailable(UnreadableFile):
    """A file cannot be added, or is not there any more as it was read."""


class UnknownArticle(QuothError):
    """No article has that id or title."""


class UnknownCitation(QuothError):
    """No paragraph ever had that citation id."""


class UnknownUpload(QuothError):
    """An uploaded file is not kept any more, or not as it was."""


class ArticleDamaged(QuothError):
    """An article on disk is not as it was written."""


class VersionDamaged(QuothError):
    """A stored version is not there, or not as it was written."""


class StaleChange(QuothError):
    """Somebody else changed the articles after this change was prepared."""


CHANGED_MEANWHILE = N_("Somebody else changed the articles in the meantime; look at the difference again.")
"""Why a change is stale that another process was faster than."""


class ChangeUnderWay(QuothError):
    """Another process is preparing a change of the same collection."""


class ReadersUnavailable(QuothError):
    """No process could be started that reads files."""


class IndexingFailed(QuothError):
    """The process that makes an index ended before it was made."""


class IndexUnavailable(QuothError):
    """The engine did not answer."""
