"""What a mandate writes, and that somebody looked."""

from __future__ import annotations

from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import assets
from tongqu.exchange.registry.entrusted import rules
from tongqu.exchange.registry.entrusted.models import AssetMandate


def seen(matter: Matter) -> rules.MandateSeen:
    asked, party, day = matter.inputs, int(matter.by.party or 0), local_day(matter.at)
    own = assets.books.owned_by(party, asked.assets)
    viewer = parties.organisations([asked.viewer], on=day).get(asked.viewer)
    return rules.MandateSeen(
        day, asked.until_date, tuple(one for one in dict.fromkeys(asked.assets) if one not in own),
        viewer is not None and viewer.id != party,
    )  # fmt: skip


def entrust(matter: Matter) -> Done:
    row: AssetMandate = matter.subject
    asked = matter.inputs
    row.holder_id, row.viewer_id = int(matter.by.party or 0), asked.viewer
    row.assets, row.parts = list(dict.fromkeys(asked.assets)), sorted({one.value for one in asked.parts})
    row.purpose, row.until_date, row.until_at = asked.purpose, asked.until_date, calendar.end_of(asked.until_date)
    return Done({"viewer": row.viewer_id, "assets": row.assets})


def looking(matter: Matter) -> rules.LookSeen:
    row: AssetMandate = matter.subject
    number = matter.inputs.asset
    return rules.LookSeen(
        matter.at, row.until_at, number in row.assets, bool(assets.books.owned_by(row.holder_id, [number]))
    )


def look(matter: Matter) -> Done:
    matter.subject.looks += 1
    matter.subject.looked_at = matter.at
    return Done({"asset": matter.inputs.asset, "parts": list(matter.subject.parts)})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()
