"""Real catalogues for the sample market: 88,883 entries of 52 public-data portals, or a part of them (data/README.md)."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import datetime
from pathlib import Path

from django.contrib.auth import get_user_model

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, begin
from tongqu.exchange.members import mandates, parties
from tongqu.exchange.registry.harvest import HARVEST

FILE = Path(__file__).parent / "data" / "public_data_catalogues.jsonl.gz"
PART = b'"portal": "zhejiang_'


def hand_in(by: Actor, *, at: datetime, whole: bool) -> int:
    """Hands the file in and begins its import, which the worker then does. The number of the import."""
    kept = papers.keep(packed(whole), name="公开目录（示例数据）.zip", at=at, by=by.party)
    name = "52 个公开目录" if whole else "浙江省各公开目录"
    return begin(HARVEST, by=by, at=at, file=kept.sha256, name=name).subject


def data_authority(at: datetime) -> Actor:
    """The person of the sample market who answers for the catalogues."""
    person = get_user_model().objects.get(username="regulator")
    party = parties.directory(role="data_authority")[0].id
    return mandates.actor_for(person.pk, party, at=at)


def packed(whole: bool) -> bytes:
    """The file as a steward would hand it in: one ZIP of JSON Lines."""
    packed = io.BytesIO()
    # A date of its own would make the same content another paper each time.
    inside = zipfile.ZipInfo("catalogues.jsonl", date_time=(2023, 1, 1, 0, 0, 0))
    inside.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(packed, "w") as archive, archive.open(inside, "w") as out, gzip.open(FILE) as lines:
        for line in lines:
            if whole or PART in line:
                out.write(line)
    return packed.getvalue()
