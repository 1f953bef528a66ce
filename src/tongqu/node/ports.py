"""Whether the node may have its port to itself."""

from __future__ import annotations

import socket

from tongqu.node.config import NodeConfig
from tongqu.node.faults import NodeFault
from tongqu.wire.words import Words


def own_port(config: NodeConfig) -> socket.socket:
    """Takes the port for this node, which holds it as long as it holds what is returned. Raises NodeFault.

    A node's listening socket lets others of its owner listen on the same port, which is how workers share it: with another node or
    program it would share the calls as well. Of two nodes that start at once the name, which one alone can have, lets one go on.
    """
    held = socket.socket(socket.AF_UNIX)
    try:
        held.bind(f"\0tongqu-node {config.host} {config.port}")
        with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((config.host, config.port))
    except OSError as error:
        held.close()
        raise NodeFault(
            "port-in-use",
            Words(f"端口 {config.port} 不可用。", f"Port {config.port} cannot be used."),
            Words("请停止占用它的程序, 或换一个端口。", "Stop what uses it, or choose another port."),
        ) from error
    return held
