"""The console: a page for the provider, served by `tongqu node console` to this machine alone, and to who has its token.

It is a process of its own that asks the running node over the owner's line and reads its folder. Nothing of it stands on
the buyers' door, and the node does not grow by it.
"""
