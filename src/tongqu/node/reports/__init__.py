"""Declared reports: groups worked out when a version is loaded, told without small groups, set as PDF."""
