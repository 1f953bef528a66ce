"""What travels between exchange, node and client: messages, their canonical bytes, seals and Merkle proofs."""
