"""The deal: listings, negotiation, contracts, delivery."""
