"""The catalogue in the words of DCAT-AP 3, as Turtle and as JSON-LD, for other portals to read."""
