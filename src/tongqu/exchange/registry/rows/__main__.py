"""The process in which the rows of a large file are made."""

import os
import sys
from contextlib import suppress

from tongqu.exchange.registry.rows.apart import answer

with suppress(KeyboardInterrupt):
    answer(sys.stdin.buffer, sys.stdout.buffer)
# What was said is said; nobody waits for thousands of strings to be counted down.
os._exit(0)
