"""What everything stands on: procedures, rules, law, calendar, ledger, evidence, papers, errands. It knows no word of the trade."""
