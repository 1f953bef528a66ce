"""Reads `node.toml`: where the exchange is, where state is kept, what is served and which questions are allowed.

The file is the owner's own consent: a permit of the exchange can ask only what is declared here.
"""

from tongqu.node.config.sources import MANY_FILES, PAUSE, SourceConfig
from tongqu.node.config.whole import NodeConfig, read_config, secret_from

__all__ = ["MANY_FILES", "PAUSE", "NodeConfig", "SourceConfig", "read_config", "secret_from"]
