"""Whoever runs the node sees how it stands and hears what would mend it; nobody else does, and no row, key or token is shown."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sqlite3
import stat
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.node.processes import free_port
from tests.node.world import CANARIES, NOON, TOKEN, World, verification_permit, write_config
from tongqu.client.node import app
from tongqu.node.config import read_config
from tongqu.node.console.serve import application
from tongqu.node.owner import NotRunning, ask, summary, wording
from tongqu.node.owner.answering import answers
from tongqu.node.owner.doctor import examine
from tongqu.node.owner.findings import BAD, GOOD, WARNING, Finding
from tongqu.node.owner.line import NAME, OwnerLine
from tongqu.node.owner.looking import look
from tongqu.node.owner.reaching import address_answers, exchange_answers, ports
from tongqu.node.owner.tally import hours
from tongqu.wire.permit import token_digest
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.anyio
SECRETS = (*CANARIES, TOKEN, token_digest(TOKEN))


async def _line(world: World) -> asyncio.Task[None]:
    line = asyncio.create_task(OwnerLine(world.keeper.config.state, answers(world.keeper)).serve())
    while not (world.keeper.config.state / NAME).exists():
        await asyncio.sleep(0.01)
    return line


async def _end(line: asyncio.Task[None]) -> None:
    line.cancel()
    await asyncio.gather(line, return_exceptions=True)


async def _asked(world: World, word: str) -> dict[str, object]:
    return await asyncio.to_thread(ask, world.keeper.config.state, word)


async def test_the_running_node_tells_its_owner_how_it_stands(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=10))
        await world.ask("001")
        await world.ask("001", purpose="营销")
        line = await _line(world)
        told = await _asked(world, "status")
        assert (told["working"], told["node"], told["sync_fault"]) == (True, "node-1", None)
        assert told["answered"] == {"verification": 1, "api": 0, "model": 0, "dataset": 0, "report": 0}
        assert told["refused"] == {"purpose-not-permitted": 1}
        assert (await _asked(world, "sources"))["credit"]["held"]["rows"] == 6  # type: ignore[index]
        await _end(line)
        assert not (world.keeper.config.state / NAME).exists()


async def test_only_the_nodes_own_user_may_open_the_line(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        line = await _line(world)
        state = world.keeper.config.state
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE((state / NAME).stat().st_mode) == 0o600
        await _end(line)


@pytest.mark.skipif(os.geteuid() != 0, reason="to become another user takes root")
async def test_another_user_who_got_hold_of_the_socket_is_told_nothing(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        line = await _line(world)
        state = world.keeper.config.state
        inside = os.open(state, os.O_RDONLY)
        os.chmod(state / NAME, 0o666)

        def as_nobody() -> bytes:
            reading, writing = os.pipe()
            if (child := os.fork()) == 0:
                os.chdir(f"/proc/self/fd/{inside}")
                os.chmod(state, 0o711)
                os.setuid(65534)
                peer = socket.socket(socket.AF_UNIX)
                try:
                    peer.connect(NAME)
                    peer.sendall(b'{"ask": "status"}\n')
                    os.write(writing, peer.recv(4096))
                finally:
                    os._exit(0)
            os.close(writing)
            with os.fdopen(reading, "rb") as pipe:
                told = pipe.read()
            os.waitpid(child, 0)
            return told

        assert json.loads(await asyncio.to_thread(as_nobody)) == {"fault": "not-the-owner"}
        os.close(inside)
        await _end(line)


@pytest.mark.parametrize("said", [b"\n", b"[]\n", b'{"ask": "rows"}\n', b"{" * 4000 + b"\n", b"x" * 100_000 + b"\n"])
async def test_what_is_not_understood_is_answered_so(tmp_path: Path, said: bytes) -> None:
    async with World(tmp_path) as world:
        line = await _line(world)

        def raw() -> bytes:
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(5)
                peer.connect(str(world.keeper.config.state / NAME))
                peer.sendall(said)
                return peer.recv(4096)

        assert json.loads(await asyncio.to_thread(raw)) == {"fault": "not-understood"}
        await _end(line)


async def test_a_folder_too_deep_for_a_socket_has_its_line_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    async with World(deep) as world:
        line = await _line(world)
        assert (await _asked(world, "status"))["node"] == "node-1"
        await _end(line)


async def test_where_no_node_runs_the_folder_still_tells(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=10))
        await world.ask("001", "002", batch=True)
        await world.keeper.meter.catch_up()
        with pytest.raises(NotRunning):
            await _asked(world, "status")
        config = world.keeper.config
        told = summary.status(config)
        assert (told["running"], told["enrolled_as"], sum(told["permits"].values())) == (False, "node-1", 1)
        (product,) = summary.products_told(config)["products"]
        assert (product["calls_used"], product["calls_max"], product["calls_left"]) == (2, 10, 8)
        await world.keeper.state_all()
        assert summary.statements_told(config)["counts"] == {"taken": 0, "waiting": 1, "refused": 0}
        for said in (told, product, summary.statements_told(config), summary.sources(config)):
            assert not [secret for secret in SECRETS if secret in json.dumps(said, ensure_ascii=False)]


async def test_hours_are_counted_on_after_a_restart(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        await world.ask("001", purpose="营销")
        await world.keeper.count_hour()
        await world.keeper.count_hour()
        await world.restart()
        await world.ask("002")
        world.clock.turn(3600)
        await world.sync()
        await world.ask("003")
        await world.keeper.count_hour()
        found = hours(world.keeper.config.state, since=NOON)
        assert found[NOON][("answered", "verification")] == 1
        assert found[NOON][("refused", "purpose-not-permitted")] == 1
        assert found[NOON + timedelta(hours=1)][("answered", "verification")] == 2


# -- the doctor --------------------------------------------------------------------------------------------------------


def _found(config: Path, about: str, **how: bool) -> Finding:
    (found,) = [each for each in examine(config, now=NOON, **how) if each.about == about]
    if found.level in {BAD, WARNING}:
        assert found.mend.zh
        assert found.mend.en
    return found


async def _used(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.ready()
    await world.issue(verification_permit())
    for key in ("001", "002", "003"):
        await world.ask(key)
    await world.keeper.state_all()
    await world.keeper.stop()
    return world


async def test_a_sound_node_is_found_sound(tmp_path: Path) -> None:
    world = await _used(tmp_path)
    levels = {each.about: each.level for each in examine(world.config, now=NOON, whole=True, network=False)}
    assert {about for about, level in levels.items() if level == BAD} == set()
    assert levels["journal"] == levels["index"] == levels["rights"] == levels["enrolled"] == GOOD
    assert "3 receipts, 1 statements, 4 seals" in _found(world.config, "journal", outside=False, whole=True).words.en


async def test_a_node_that_says_nothing_is_not_told_as_one_that_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looked as if none ran would open its sources and speak with the exchange in its place."""
    world = await _used(tmp_path)
    monkeypatch.setattr("tongqu.node.owner.doctor.ask", partial(ask, seconds_max=0.2))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(str(tmp_path / "state" / NAME))
        silent.listen()
        found = list(examine(world.config, now=NOON))
        told = CliRunner().invoke(app, ["status", "--config", str(world.config)])
    assert [each.level for each in found if each.about == "running"] == [BAD]
    assert not [each for each in found if each.about.split(":")[0] in {"source", "exchange", "ports"}]
    assert (told.exit_code, "没有按时回答" in told.output, "没有运行" in told.output) == (2, True, False)


async def test_a_source_at_fault_is_told_with_the_status(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        line = await _line(world)

        def status() -> Result:
            return CliRunner().invoke(app, ["status", "--config", str(world.config)])

        well = await asyncio.to_thread(status)
        assert (well.exit_code, "在服务 · working" in well.output) == (0, True)
        os.rename(tmp_path / "credit.csv", tmp_path / "elsewhere.csv")
        await world.keeper.look()
        ill = await asyncio.to_thread(status)
        assert (ill.exit_code, "有数据源出了问题" in ill.output, "credit → tongqu node sources" in ill.output) == (
            1,
            True,
            True,
        )
        async with _browser(world) as browser:
            await browser.get("/", params={"token": "T" * 43})
            assert "有数据源出了问题" in (await browser.get("/")).text
        await _end(line)


async def test_a_key_that_others_may_read_is_found(tmp_path: Path) -> None:
    world = await _used(tmp_path)
    os.chmod(tmp_path / "state" / "key", 0o644)
    assert _found(world.config, "rights", outside=False).level == BAD


async def test_a_changed_receipt_is_found_whatever_changed(tmp_path: Path) -> None:
    """One that breaks the frame, and one whose frame was made anew: then chain and seal tell."""
    from tongqu.node.meters.journal import HEADER, frame_of, payload_at

    world = await _used(tmp_path)
    file = next((tmp_path / "state" / "journal").glob("*.log"))
    whole = file.read_bytes()
    frames, offset = [], 0
    while offset < len(whole):
        payload = payload_at(whole, offset)
        assert payload is not None
        frames.append(payload)
        offset += HEADER.size + len(payload)
    forged = [frames[0].replace(b'"units":1', b'"units":0'), *frames[1:]]
    file.write_bytes(b"".join(frame_of(payload.split(b"\n")) for payload in forged))
    found = _found(world.config, "journal", outside=False)
    assert found.level == BAD
    assert "contract-1 #1" in found.words.en  # its seal
    assert "contract-1 #2" in found.words.en  # which no longer follows


async def test_an_index_that_says_otherwise_is_found(tmp_path: Path) -> None:
    world = await _used(tmp_path)
    with sqlite3.connect(tmp_path / "state" / "index.db") as db:
        db.execute("UPDATE blocks SET digest = zeroblob(32)")
    db.close()
    assert _found(world.config, "index", outside=False).level == BAD


async def test_an_index_of_an_earlier_version_says_nothing_and_is_no_fault(tmp_path: Path) -> None:
    """Until the node has started once with this one."""
    world = await _used(tmp_path)
    assert summary.products_told(read_config(world.config))["products"][0]["calls_used"] == 3
    with sqlite3.connect(tmp_path / "state" / "index.db") as db:
        db.executescript("DROP VIEW heads_now; DROP VIEW used_now; PRAGMA user_version = 0")
    db.close()
    assert _found(world.config, "index", outside=False).level == GOOD
    told = summary.products_told(read_config(world.config))["products"][0]
    assert (told["calls_used"], told["calls_left"]) == (None, None)
    assert summary.status(read_config(world.config))["calls_left"] is None
    async with _browser(world) as browser:
        await browser.get("/", params={"token": "T" * 43})
        page = (await browser.get("/")).text
    assert "还可调用次数尚不知" in page
    assert "尚不知 / " in page
    shown = CliRunner().invoke(app, ["products", "--config", str(world.config)])
    assert (shown.exit_code, "not known" in shown.output) == (0, True)


async def test_a_refused_statement_is_found(tmp_path: Path) -> None:
    world = await _used(tmp_path)
    with sqlite3.connect(tmp_path / "state" / "index.db") as db:
        db.execute("UPDATE statements SET settled = 'number-taken'")
    db.close()
    assert _found(world.config, "statements", outside=False).level == BAD


async def test_a_source_with_a_repeated_key_is_found_before_the_node_runs(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    (tmp_path / "credit.csv").write_text("id,name,arrears,limit,opened\n1,a,1,2,2020-01-01\n1,b,0,3,2020-01-01\n")
    found = _found(config, "source:credit", network=True)
    assert found.level == BAD
    assert not list((tmp_path).glob("doctor-*"))


async def test_the_exchange_is_known_by_its_key_and_the_clock_by_its_answer(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        config = world.keeper.config

        def asked(signer: Ed25519Signer, seconds: float) -> dict[str, Finding]:
            def answer(request: httpx.Request) -> httpx.Response:
                from tongqu.wire.message import open_sealed, seal_message
                from tongqu.wire.sync import SyncReply, SyncRequest

                assert world.exchange.node_key is not None
                told = open_sealed(SyncRequest, json.loads(request.content), world.exchange.node_key)
                at = NOON + timedelta(seconds=seconds)
                reply = SyncReply(told.node, told.sequence, told.nonce, at, None, (), 0)
                return httpx.Response(200, json=seal_message(reply, signer))

            http = httpx.Client(transport=httpx.MockTransport(answer))
            return {each.about: each for each in exchange_answers(config, config.state, None, NOON, http)}

        assert asked(world.exchange.signer, 0.5)["clock"].level == GOOD
        assert asked(world.exchange.signer, 10)["clock"].level == WARNING
        assert asked(world.exchange.signer, 301)["clock"].level == BAD
        stranger = asked(Ed25519Signer.generate(), 0)
        assert stranger["exchange"].level == BAD
        assert "clock" not in stranger


async def test_a_port_that_is_taken_and_an_address_where_no_node_stands_are_found(tmp_path: Path) -> None:
    port = free_port()
    config = read_config(write_config(tmp_path, port=port, extra='address = "http://elsewhere.test"'))
    assert next(ports(config, None)).level == GOOD
    with socket.create_server(("127.0.0.1", port)):
        assert next(ports(config, None)).level == BAD
    page = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text="<html>")))
    assert next(address_answers(config, {"working": True}, page)).level == BAD
    door = httpx.MockTransport(lambda _: httpx.Response(401, json={"code": "token-missing"}))
    assert next(address_answers(config, {"working": True}, httpx.Client(transport=door))).level == GOOD


# -- setting up -----------------------------------------------------------------------------------------------------


def _command(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


async def test_a_file_is_looked_at_and_declared_and_a_node_starts_from_it(tmp_path: Path) -> None:
    rows = ["证件,客户编号,逾期,额度"] + [
        f"1101011990010{n:02d}11{n % 10},{n:03d},{n % 2},{n * 1000}" for n in range(40)
    ]
    file = tmp_path / "客户.csv"
    file.write_bytes("\n".join(rows).encode("gb18030"))
    proposal = look(file)
    assert (proposal.encoding, proposal.rows) == ("gb18030", 40)
    assert proposal.keys[0] == "客户编号"
    config = tmp_path / "node.toml"
    code, _ = _command(
        "init", "--config", str(config), "--name", "甲", "--exchange", "https://exchange.test", "--data", str(file),
        "--no-ask", "--no-enrol", "--json",
    )  # fmt: skip
    assert code == 0
    (source,) = read_config(config).sources
    assert (source.key, source.encoding, source.modes) == ("客户编号", "gb18030", ("verification",))
    assert {question.column for question in source.questions} >= {"逾期", "额度"}
    assert _found(config, "source:source", network=True).level == GOOD
    code, said = _command(
        "init", "--config", str(config), "--name", "乙", "--exchange", "https://exchange.test", "--no-ask"
    )
    assert (code, "已存在" in said, f"tongqu node enrol --config {config}" in said) == (2, True, True)


async def test_a_node_that_could_not_be_enrolled_keeps_its_settings_and_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,flag\n" + "\n".join(f"{n},{n % 2}" for n in range(50)))
    config = tmp_path / "node.toml"
    code, said = _command(
        "init", "--config", str(config), "--name", "甲", "--exchange", "http://127.0.0.1:9", "--data", str(tmp_path / "a.csv"),
        "--no-ask",
    )  # fmt: skip
    assert (code, "没有登记密钥" in said, f"tongqu node enrol --config {config}" in said) == (2, True, True), said
    assert read_config(config).name == "甲"


async def test_settings_that_would_not_be_read_are_not_left_behind(tmp_path: Path) -> None:
    config = tmp_path / "node.toml"
    wanted = ("init", "--config", str(config), "--exchange", "https://exchange.test", "--no-ask", "--no-enrol")
    code, said = _command(*wanted, "--name", "甲" * 201)
    assert (code, "node.name" in said, config.exists()) == (2, True, False), said
    assert _command(*wanted, "--name", "甲")[0] == 0


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", "x,y\n1,1\n1,2\n2,2\n2,1\n", "互不相同"),
        ("a.doc", "anything", "类型不认识"),
        ("a.csv", "", "无法读取"),
    ],
)
async def test_a_file_that_cannot_be_declared_is_told_why(tmp_path: Path, name: str, content: str, why: str) -> None:
    (tmp_path / name).write_text(content)
    code, said = _command(
        "init", "--config", str(tmp_path / "n.toml"), "--name", "甲", "--exchange", "https://e.test", "--data",
        str(tmp_path / name), "--no-ask", "--no-enrol",
    )  # fmt: skip
    assert (code, why in said) == (2, True), said
    assert not (tmp_path / "n.toml").exists()


async def test_what_looks_personal_is_proposed_for_no_question(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,phone,flag\n" + "\n".join(f"{n},138001380{n:02d},{n % 2}" for n in range(50)))
    proposal = look(file)
    assert proposal.personal == ("phone",)
    assert [asked.column for asked in proposal.questions] == ["flag"]


async def test_commands_tell_json_and_end_as_documented(tmp_path: Path) -> None:
    world = await _used(tmp_path)
    code, said = _command("status", "--config", str(world.config), "--json")
    assert (code, json.loads(said)["running"]) == (1, False)
    code, said = _command("products", "--config", str(world.config), "--json")
    assert (code, json.loads(said)["products"][0]["calls_used"]) == (0, 3)
    code, said = _command("statements", "--config", str(world.config), "--json")
    assert (code, json.loads(said)["counts"]["waiting"]) == (0, 1)
    code, said = _command("sources", "--config", str(world.config), "--json")
    assert (code, json.loads(said)["sources"][0]["id"]) == (0, "credit")
    code, said = _command("doctor", "--config", str(world.config), "--inside", "--json")
    assert (code, json.loads(said)["level"]) == (0, WARNING)
    assert _command("status", "--config", str(tmp_path / "none.toml"))[0] == 2


# -- the console -------------------------------------------------------------------------------------------------------


def _browser(world: World, host: str = "127.0.0.1") -> httpx.AsyncClient:
    app = application(world.keeper.config, world.config, token="T" * 43, now=world.clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}:8790")


async def test_the_console_shows_the_owner_everything_and_no_row_key_or_token(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=10))
        await world.ask(*(CANARIES[1], "002"), batch=True)
        await world.ask("001", purpose="营销")
        await world.keeper.count_hour()
        await world.keeper.state_all()
        line = await _line(world)
        async with _browser(world) as browser:
            first = await browser.get("/", params={"token": "T" * 43})
            assert (first.status_code, first.headers["location"]) == (303, "./")
            assert "HttpOnly" in first.headers["set-cookie"]
            assert "SameSite=strict" in first.headers["set-cookie"]
            page = await browser.get("/")
            assert page.status_code == 200
            for told in ("示例银行节点", "contract-1", "2 / 10", "用途不符", "核验", "在服务", "待交易所确认"):
                assert told in page.text
            english = await browser.get("/", params={"language": "en"})
            for told in ("Working", "purpose not permitted", "waits for the exchange", "Sample credit data"):
                assert told in english.text
            assert not [secret for secret in (*SECRETS, "T" * 43) if secret in page.text + english.text]
            assert "<script" not in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
            for name in ("tabler.min.css", "theme.css", "console.css", "mark.svg"):
                assert f"static/{name}" in page.text
                assert (await browser.get(f"/static/{name}")).status_code == 200
            assert (await browser.get("/static/..%2f..%2fkey")).status_code == 404
        await _end(line)


async def test_the_console_opens_to_nobody_else(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        async with _browser(world) as browser:
            assert (await browser.get("/")).status_code == 401
            assert (await browser.get("/static/theme.css")).status_code == 401
            assert (await browser.get("/", params={"token": "T" * 42})).status_code == 401
            assert (await browser.post("/", params={"token": "T" * 43})).status_code == 403
        async with _browser(world, host="rebound.example") as browser:
            assert (await browser.get("/", params={"token": "T" * 43})).status_code == 403
        async with world.buyer as buyer:
            assert (await buyer.get("/console")).status_code == 404


async def test_hostile_names_come_out_as_they_went_in(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        world.config.write_text(world.config.read_text().replace("示例信用数据", "<script>alert(1)</script>"))
        config = read_config(world.config)
        app = application(config, world.config, token="T" * 43, now=world.clock)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as browser:
            await browser.get("/", params={"token": "T" * 43})
            page = (await browser.get("/")).text
            assert "<script>" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_every_documented_refusal_has_its_words() -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/node.md").read_text("utf-8")
    table = guide[guide.index("### Refusals") : guide.index("## Counting")]
    documented = {
        code
        for line in table.splitlines()
        if line.startswith("| `")
        for code in re.findall(r"`([a-z-]+)`", line.split("|")[1])
    }
    assert len(documented) > 40
    assert sorted(documented - set(wording.REFUSALS)) == []
