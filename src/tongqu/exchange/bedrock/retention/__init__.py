"""How long papers are kept: classes with their years in the law, a day for each paper, and the job that obeys them."""

from tongqu.exchange.bedrock.retention.disposing import Disposed, dispose
from tongqu.exchange.bedrock.retention.keeping import Kept, keep_paper, kept_for, retain, until

__all__ = ["Disposed", "Kept", "dispose", "keep_paper", "kept_for", "retain", "until"]
