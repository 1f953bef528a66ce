"""Organisations and people, verified; groups of related parties."""
