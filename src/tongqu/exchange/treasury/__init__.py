"""The money: settlement, billing, sharing."""
