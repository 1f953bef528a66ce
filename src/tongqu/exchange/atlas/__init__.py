"""The atlas draws docs/map from the tables themselves: procedures, rules, flow, figures and decision tables.

`python -m tongqu.exchange.atlas` writes it; a test draws it again and compares. Nothing in docs/map is written by hand.
"""
