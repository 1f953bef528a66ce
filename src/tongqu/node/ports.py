"""Whether the node may have its port to itself."""

from __future__ import annotations

import socket

from tongqu.node.config import NodeConfig
from tongqu.node.faults import NodeFault
from tongqu.wire.words import Words


def free_port(config: NodeConfig) -> None:
    """A node's socket lets others of its owner listen on the same port, which is how workers share it: with another node or
    program it would share the calls as well. Raises NodeFault."""
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise NodeFault(
                "port-in-use",
                Words(f"端口 {config.port} 不可用。", f"Port {config.port} cannot be used."),
                Words("请停止占用它的程序, 或换一个端口。", "Stop what uses it, or choose another port."),
            ) from error
