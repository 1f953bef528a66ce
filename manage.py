#!/usr/bin/env python
"""Django's own command line, for those who maintain the exchange. People who run it use `tongqu`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    execute_from_command_line(sys.argv)
