"""The data plane: a small service beside the data. It permits, answers, meters and gives receipts; raw data stays.

Inside it the folders `permits`, `receipts` and `modes` decide and hold no input or output; `meters` and `sources` are
the disk; `sync` talks to the exchange; `door` is HTTP. The node knows the exchange only by the wire.
"""
