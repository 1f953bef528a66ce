"""Tongqu 通衢 runs a data-element market: an exchange (control plane), nodes (data plane) and the wire between them."""
