"""`python -m tongqu.exchange.atlas [folder]`: writes docs/map, or the folder named. No database is asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    os.environ.setdefault("TONGQU_LOG_LEVEL", "WARNING")
    django.setup()
    from tongqu.exchange.atlas.drawing import draw, write

    write(draw(), Path(sys.argv[1] if len(sys.argv) > 1 else "docs/map"))
