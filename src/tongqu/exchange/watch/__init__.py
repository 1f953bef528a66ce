"""The eyes: reads everything below and writes only what is its own."""
