"""The node: the data plane, which stands where the data lives. It knows the exchange only through `tongqu.wire`."""
