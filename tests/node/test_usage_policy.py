"""The usage policy at the node's door: where and for whom an answer is, what is not understood, what nobody permitted."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.node.test_reports import ReportWorld
from tests.node.world import CONDITIONS, TOKEN, World, codes, dataset_permit, verification_permit, write_config
from tongqu.node.config import read_config
from tongqu.node.door import application
from tongqu.node.faults import NodeFault
from tongqu.node.networks import BadNetworks, Networks
from tongqu.wire.constraints import ForRecipients, GroupsOf, WithinRegions
from tongqu.wire.policy import WATERMARK, Duty, Term
from tongqu.wire.receipt import request_digest, verification_request
from tongqu.wire.reports import report_request

pytestmark = pytest.mark.anyio

CALL = "01234567-89ab-4def-8123-456789abcdef"
FRIEND = "91420100MA0000013C"


def conditions(*constraints: Any, **more: Any) -> Any:
    return replace(CONDITIONS, constraints=tuple(Term.of(one) for one in constraints), **more)


async def ask(world: World, networks: Networks | None = None, call: str = CALL, **headers: str) -> httpx.Response:
    app = application(world.keeper, body_bytes_max=10_000, request_seconds_max=30, networks=networks)
    body = {"permit": "permit-1", "purpose": "信贷审批", "question": "arrears", "key": "001"}
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Tongqu-Call": call,
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    transport = httpx.ASGITransport(app, client=("10.1.2.3", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://node.test") as buyer:
        return await buyer.post("/v1/verify", json=body, headers=headers)


async def test_where_the_answer_is_used_is_stated_and_bound_by_the_receipt(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(conditions=conditions(WithinRegions(("420000",)))))
        assert codes(await ask(world)) == ["region-not-stated"]
        assert codes(await ask(world, Tongqu_Region="310101")) == ["region-not-permitted"]
        told = await ask(world, Tongqu_Region="420102")
        assert told.status_code == 200
        asked = verification_request("permit-1", "信贷审批", "arrears", ["001"])
        answer = told.json()
        stated = request_digest({**asked, "stated": {"region": "420102"}}, answer["salt"])
        assert answer["receipt"]["body"]["request_digest"] == stated


async def test_a_repeated_call_states_the_same_or_is_another_request(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(conditions=conditions(WithinRegions(("420000",)))))
        first = await ask(world, Tongqu_Region="420102")
        assert (await ask(world, Tongqu_Region="420102")).content == first.content
        assert codes(await ask(world, Tongqu_Region="420103")) == ["call-key-reused"]


async def test_a_network_that_is_known_to_stand_elsewhere_is_refused_whatever_is_stated(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(conditions=conditions(WithinRegions(("420000",)))))
        elsewhere = Networks({"310000": ["10.1.2.0/24"], "420000": ["10.1.0.0/16"]})
        assert codes(await ask(world, elsewhere, Tongqu_Region="420102")) == ["region-not-permitted"]
        here = Networks({"420100": ["10.1.2.0/24"], "310000": ["10.1.0.0/16", "fd00::/8"]})
        assert (await ask(world, here, Tongqu_Region="420102")).status_code == 200
        assert here.region_of("::ffff:10.1.2.3") == here.region_of("10.1.2.3")  # as it comes where both are listened to
        nowhere = Networks({"310000": ["192.168.0.0/16"]})
        call = CALL.replace("0", "1", 1)
        assert (await ask(world, nowhere, call, Tongqu_Region="420102")).status_code == 200


async def test_the_same_call_again_is_not_answered_into_a_network_outside(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(conditions=conditions(WithinRegions(("420000",)))))
        first = await ask(world, Networks({"420100": ["10.1.2.0/24"]}), Tongqu_Region="420102")
        assert first.status_code == 200
        away = await ask(world, Networks({"310000": ["10.1.2.0/24"]}), Tongqu_Region="420102")
        assert codes(away) == ["region-not-permitted"]
        assert (await ask(world, Tongqu_Region="420102")).content == first.content


async def test_for_whom_the_answer_is(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(conditions=conditions(ForRecipients((CONDITIONS.assignee,)))))
        assert codes(await ask(world, Tongqu_Recipient=FRIEND)) == ["recipient-not-permitted"]
        assert (await ask(world)).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Tongqu_Region": "42"}, {"Tongqu_Region": "'; drop--"}, {"Tongqu_Recipient": "x" * 18}]
)
async def test_what_is_stated_in_another_form_is_refused_without_repeating_it(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        refused = await ask(world, **headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad-request")
        assert not any(value in refused.text for value in headers.values())


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (None, "policy-missing"),
        (replace(CONDITIONS, constraints=(Term("industry", "eq", ("banking",)),)), "policy-not-understood"),
        (replace(CONDITIONS, prohibitions=("sell",)), "policy-not-understood"),
        (replace(CONDITIONS, prohibitions=("tq:verify",)), "policy-forbids"),
        (replace(CONDITIONS, obligations=(Duty("inform"),)), "policy-not-understood"),
        (conditions(GroupsOf(2)), "group-too-small"),
    ],
)
async def test_what_nobody_permitted_in_words_we_know_is_denied_and_not_counted(
    tmp_path: Path, changed: Any, code: str
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(conditions=changed))
        assert codes(await ask(world)) == [code]
        assert await world.receipts() == []


async def test_a_copy_that_must_be_marked_is_not_given_unmarked(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        version = world.keeper.room.held["credit"].declaration.source_version
        marked = replace(CONDITIONS, obligations=(Duty(WATERMARK),))
        await world.issue(dataset_permit(version, conditions=marked))
        assert codes(await world.fetch()) == ["mark-not-agreed"]


async def test_a_policy_that_was_tightened_counts_from_the_next_call(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        assert (await ask(world)).status_code == 200
        await world.issue(verification_permit(revision=2, conditions=conditions(WithinRegions(("420000",)))))
        assert codes(await ask(world, call=CALL.replace("0", "2", 1))) == ["region-not-stated"]


def test_networks_are_declared_in_the_configuration(tmp_path: Path) -> None:
    path = write_config(tmp_path)
    path.write_text(path.read_text("utf-8") + '\n[networks]\n420000 = ["10.0.0.0/8", "fd00::/8"]\n', "utf-8")
    assert read_config(path).networks.region_of("10.3.2.1") == "420000"
    assert read_config(path).networks.region_of("not an address") is None
    for wrong in ('420000 = ["10.0.0.1/8"]', 'wuhan = ["10.0.0.0/8"]', '420000 = "10.0.0.0/8"', "420000 = [7]"):
        path.write_text(write_config(tmp_path).read_text("utf-8") + f"\n[networks]\n{wrong}\n", "utf-8")
        with pytest.raises(NodeFault) as fault:
            read_config(path)
        assert fault.value.code == "bad-config"
    with pytest.raises(BadNetworks):
        Networks({"420000": ["nonsense"]})


async def test_no_statement_of_the_caller_stands_in_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(conditions=conditions(ForRecipients((CONDITIONS.assignee,)))))
        await ask(world, Tongqu_Recipient=FRIEND)
        assert FRIEND not in caplog.text
        assert FRIEND not in json.dumps(world.keeper.health().body)


# -- the doors that are not asked like the others ------------------------------------------------------------------------


async def test_a_report_is_judged_by_where_and_for_whom_it_is_too(tmp_path: Path) -> None:
    async with ReportWorld(tmp_path) as world:
        rules = conditions(WithinRegions(("420000",)), ForRecipients((CONDITIONS.assignee,)))
        await world.issue(world.permit(conditions=rules))
        body = {"permit": "permit-1", "purpose": "信贷审批", "report": "monthly", "period": "2020-03"}

        async def report(**headers: str) -> httpx.Response:
            said = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": CALL}
            async with world.buyer as buyer:
                return await buyer.post("/v1/reports", json=body, headers={**said, **headers})

        assert codes(await report()) == ["region-not-stated"]
        here = {"Tongqu-Region": "420102"}
        assert codes(await report(**here, **{"Tongqu-Recipient": FRIEND})) == ["recipient-not-permitted"]
        told = await report(**here)
        assert told.status_code == 200
        receipt = json.loads(base64.b64decode(told.headers["tongqu-receipt"]))["body"]
        asked = {**report_request("permit-1", "信贷审批", "monthly", "2020-03"), "stated": {"region": "420102"}}
        assert receipt["request_digest"] == request_digest(asked, told.headers["tongqu-salt"])


async def test_a_share_and_its_links_are_judged_by_where_and_for_whom_they_are(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        version = world.keeper.room.held["credit"].declaration.source_version
        rules = conditions(WithinRegions(("420000",)), ForRecipients((CONDITIONS.assignee,)))
        await world.issue(dataset_permit(version, conditions=rules))
        table = "/delta-sharing/0/shares/permit-2/schemas/data/tables/credit"
        elsewhere = Networks({"310000": ["10.1.2.0/24"]})

        async def ask_share(method: str, path: str, networks: Networks | None = None, **headers: str) -> httpx.Response:
            app = application(world.keeper, body_bytes_max=10_000, request_seconds_max=30, networks=networks)
            transport = httpx.ASGITransport(app, client=("10.1.2.3", 50_000))
            said = {"Authorization": f"Bearer {TOKEN}", **{k.replace("_", "-"): v for k, v in headers.items()}}
            async with httpx.AsyncClient(transport=transport, base_url="http://node.test") as buyer:
                return await buyer.request(method, path, headers=said)

        for method, path in (("POST", f"{table}/query"), ("GET", f"{table}/metadata"), ("GET", f"{table}/version")):
            assert (await ask_share(method, path)).json()["code"] == "region-not-stated"
            friend = await ask_share(method, path, Tongqu_Region="420102", Tongqu_Recipient=FRIEND)
            assert friend.json()["code"] == "recipient-not-permitted"
            away = await ask_share(method, path, elsewhere, Tongqu_Region="420102")
            assert away.json()["code"] == "region-not-permitted"

        assert (await ask_share("POST", f"{table}/query", Tongqu_Region="420102")).json()["code"] == "copy-being-made"
        while await world.keeper.copy():
            pass
        told = await ask_share("POST", f"{table}/query", Tongqu_Region="420102")
        assert told.status_code == 200, told.text
        again = await ask_share("POST", f"{table}/query", Tongqu_Region="420102")
        assert again.headers["tongqu-repeated"] == "true"
        other = await ask_share("POST", f"{table}/query", Tongqu_Region="420103")  # stated otherwise: another call
        assert "tongqu-repeated" not in other.headers
        link = json.loads(told.text.splitlines()[-1])["file"]["url"]
        assert (await ask_share("GET", link)).status_code == 200
        assert (await ask_share("GET", link, elsewhere)).json()["code"] == "region-not-permitted"
