"""Who: parties, people, the mandates by which they act, and how they sign in."""
