"""Papers: files by content hash, checked for size and kind on the way in and for their hash on the way out."""

from tongqu.exchange.bedrock.papers.keeping import (
    BadPaper,
    LostPaper,
    Paper,
    audit,
    content,
    house_paper,
    keep,
    opened,
    paper,
    paper_of,
)
from tongqu.exchange.bedrock.papers.store import FolderStore
from tongqu.exchange.bedrock.papers.typesetting import NoFont, typeset

__all__ = [
    "BadPaper",
    "FolderStore",
    "LostPaper",
    "NoFont",
    "Paper",
    "audit",
    "content",
    "house_paper",
    "keep",
    "opened",
    "paper",
    "paper_of",
    "typeset",
]
