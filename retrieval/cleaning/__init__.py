"""What in the text of a saved page is the article, what stands beside it and what is furniture."""

from __future__ import annotations

from retrieval.cleaning.page import Cleaned, CleanParagraph, clean

__all__ = ["CleanParagraph", "Cleaned", "clean"]
