"""A node with a source that answers queries: a clinic's visits, whose patients are masked and whose rows differ by purpose."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx

from tests.node.world import NOON, TOKEN, World, verification_permit
from tongqu.node.config import read_config
from tongqu.wire.permit import Permit
from tongqu.wire.query import Query

VISITS = [
    "visit,patient,city,ward,age,fee,day,insured",
    "v1,420100199001011234,武汉,内科,34,12.50,2026-03-01,true",
    "v2,420100198502022345,武汉,外科,41,880,2026-03-02,false",
    "v3,420600197003033456,襄阳,内科,56,45.10,2026-03-02,true",
    "v4,420100199001011234,武汉,内科,34,99.99,2026-04-05,true",
    "v5,420600200104044567,襄阳,儿科,5,,2026-05-06,",
    "v6,4206,襄阳,精神科,61,300.00,2026-06-07,true",
]

DECLARED = """

[[sources]]
id = "visits"
kind = "csv"
path = "visits.csv"
title = { zh = "示例就诊", en = "Sample visits" }
modes = ["api"]

[[sources.queries]]
id = "by-city"
title = { zh = "按城市查就诊", en = "Visits of a city" }
page_max = 2
rows_max = 3
where = [{ column = "age", compare = "ge", values = ["6"] }]
order = [{ column = "day", descending = true }]
parameters = [
  { name = "city", title = { zh = "城市", en = "City" }, column = "city", type = "text", compare = "eq", required = true },
  { name = "since", title = { zh = "自", en = "Since" }, column = "day", type = "date", compare = "ge", least = "2026-01-01" },
  { name = "fee", title = { zh = "费用至多", en = "Fee at most" }, column = "fee", type = "number", compare = "le", unmasks = true },
  { name = "insured", title = { zh = "参保", en = "Insured" }, column = "insured", type = "flag", compare = "eq" },
  { name = "wards", title = { zh = "科室", en = "Wards" }, column = "ward", type = "text", compare = "in", allowed = ["内科", "外科"] },
]
columns = [
  { column = "visit", title = { zh = "就诊号", en = "Visit" } },
  { column = "patient", title = { zh = "患者", en = "Patient" }, mask = "last", chars = 4 },
  { column = "city", title = { zh = "城市", en = "City" } },
  { column = "ward", title = { zh = "科室", en = "Ward" } },
  { column = "fee", title = { zh = "费用", en = "Fee" }, mask = "band", edges = ["50", "500"] },
  { column = "day", title = { zh = "日期", en = "Day" } },
  { column = "insured", title = { zh = "参保", en = "Insured" } },
]
rows = [
  { purpose = "信贷审批", where = [{ column = "ward", compare = "in", values = ["内科", "外科", "儿科"] }] },
  { purpose = "研究", where = [] },
]

[[sources.queries]]
id = "all"
title = { zh = "全部就诊", en = "All visits" }
open = true
page_max = 100
rows_max = 1000
columns = [
  { column = "patient", title = { zh = "患者", en = "Patient" }, mask = "hash" },
  { column = "day", title = { zh = "年", en = "Year" }, mask = "year" },
  { column = "ward", title = { zh = "科室", en = "Ward" }, mask = "removed" },
  { column = "age", title = { zh = "年龄", en = "Age" } },
]
"""


class Clinic(World):
    """The world with the clinic's source beside the bank's."""

    def __init__(self, folder: Path, declared: str = DECLARED) -> None:
        self._declared = declared
        super().__init__(folder)

    def _open(self) -> Any:
        visits = self.folder / "visits.csv"
        if not visits.exists():
            visits.write_text("\n".join(VISITS) + "\n", encoding="utf-8")
            with self.config.open("a", encoding="utf-8") as config:
                config.write(self._declared)
        return super()._open()

    def query_of(self, name: str) -> Query:
        source = next(each for each in read_config(self.config).sources if each.id == "visits")
        return next(each for each in source.queries if each.id == name)

    def permit(self, name: str = "by-city", **changes: Any) -> Permit:
        values: dict[str, Any] = {
            "source": "visits", "mode": "api", "question": None, "query": self.query_of(name),
            "purposes": ("信贷审批", "研究", "营销"), "not_before": NOON,
        }  # fmt: skip
        return verification_permit(**{**values, **changes})

    async def query(
        self, values: Any = None, *, call: str | None = None, token: str = TOKEN, **changes: Any
    ) -> httpx.Response:
        body = {
            "permit": "permit-1",
            "purpose": "研究",
            "query": "by-city",
            "values": {} if values is None else values,
            **changes,
        }
        headers = {"Authorization": f"Bearer {token}", "Tongqu-Call": call or str(uuid.uuid4())}
        async with self.buyer as buyer:
            return await buyer.post("/v1/query", json=body, headers=headers)
