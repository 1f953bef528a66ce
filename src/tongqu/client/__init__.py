"""The Python client and the `tongqu` command."""
