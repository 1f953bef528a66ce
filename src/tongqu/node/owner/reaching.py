"""Whether the exchange answers this node and is who it should be, and whether buyers can reach the node."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tongqu.node.believing import newest_key, opened_reply
from tongqu.node.config import NodeConfig
from tongqu.node.owner.findings import Finding, bad, good, not_looked, warning
from tongqu.node.owner.papers import identity
from tongqu.node.state import StateFolder
from tongqu.node.sync import SOFTWARE
from tongqu.wire.message import BadMessage, seal_message
from tongqu.wire.seals import BadSeal
from tongqu.wire.sync import SKEW_SECONDS_MAX, WORKS, SyncRequest, new_nonce

SECONDS_MAX = 10
SKEW_TOLD = 2.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _client(config: NodeConfig) -> httpx.Client:
    return httpx.Client(proxy=config.proxy, trust_env=False, timeout=SECONDS_MAX)


def exchange_answers(
    config: NodeConfig, state: Path, running: dict[str, Any] | None, now: datetime, http: httpx.Client | None = None
) -> Iterator[Finding]:
    """One sealed question, as the node asks each second: the answer shows the way, the key and the clock. A running node
    is asked instead, so that its questions stay in order."""
    yield _secrecy(config)
    if running is not None:
        yield _as_running(config, running)
        return
    who = identity(state)
    if who is None:
        yield not_looked("exchange", "登记后才能核对交易所。", "The exchange can be checked once the node is enrolled.")
        return
    signer = StateFolder.at(state).signer()
    question = SyncRequest(
        node=who.node, sequence=(now - _EPOCH) // timedelta(microseconds=1), nonce=new_nonce(), at=now, software=SOFTWARE,
        address=None, permit_cursor=0, works=WORKS, exchange_key=newest_key(who),
    )  # fmt: skip
    with http or _client(config) as client:
        try:
            response = client.post(f"{config.exchange}/wire/sync", json=seal_message(question, signer))
        except httpx.HTTPError as error:
            yield _unreachable(config, type(error).__name__)
            return
    if response.status_code != 200:
        yield _refused(response)
        return
    try:
        reply, _ = opened_reply(response.json(), who)
    except (BadSeal, BadMessage, ValueError):
        yield bad(
            "exchange", "应答不是所登记的交易所签章的。", "The answer is not sealed by the exchange that enrolled this node.",
            "请核对 node.exchange 与代理; 若交易所换了机构密钥, 请与其核对公钥编号。",
            "Check node.exchange and the proxy; if the exchange has a new key, ask it for the key's id.",
        )  # fmt: skip
        return
    yield good(
        "exchange",
        f"交易所 {config.exchange} 应答, 签章相符。",
        f"The exchange {config.exchange} answers under its own key.",
    )
    yield _skew((reply.at - now).total_seconds())


def _secrecy(config: NodeConfig) -> Finding:
    told = urlsplit(config.exchange)
    if told.scheme == "https":
        return good(
            "tls", "与交易所的通信加密并验证证书。", "The way to the exchange is encrypted, its certificate checked."
        )
    if told.hostname in {"127.0.0.1", "localhost", "::1"}:
        return good("tls", "交易所在本机, 不经网络。", "The exchange is on this machine.")
    return warning(
        "tls", "与交易所的通信未加密 (报文仍有签章)。", "The way to the exchange is not encrypted (messages are sealed all the same).",
        "请把 node.exchange 改为 https://。", "Let node.exchange begin with https://.",
    )  # fmt: skip


def _as_running(config: NodeConfig, running: dict[str, Any]) -> Finding:
    fault = running["sync_fault"]
    if fault is None:
        return good(
            "exchange", f"节点正与 {config.exchange} 同步, 签章与时钟相符。",
            f"The node is in step with {config.exchange}: key and clock fit.",
        )  # fmt: skip
    if fault == "clock-skew":
        return _skew(SKEW_SECONDS_MAX + 1.0)
    if fault == "exchange-unreachable":
        return _unreachable(config, fault)
    return bad(
        "exchange", f"与交易所的同步不成: {fault}。", f"The node is not in step with the exchange: {fault}.",
        "请看 docs/guides/node.md 中 sync_fault 的说明。", "See sync_fault in docs/guides/node.md.",
    )  # fmt: skip


def _unreachable(config: NodeConfig, why: str) -> Finding:
    return bad(
        "exchange", f"连不上交易所 {config.exchange} ({why})。", f"The exchange {config.exchange} cannot be reached ({why}).",
        "请检查网络、代理、防火墙的出站规则与证书。", "Check network, proxy, the firewall's way out and the certificate.",
    )  # fmt: skip


def _refused(response: httpx.Response) -> Finding:
    try:
        body = response.json()
        code, mend = body.get("code"), (str(body.get("mend_zh", "")), str(body.get("mend", "")))
    except (ValueError, AttributeError):
        code, mend = None, ("", "")
    return bad(
        "exchange", f"交易所不接受本节点 ({code or response.status_code})。", f"The exchange does not accept this node ({code or response.status_code}).",
        mend[0] or "请核对 node.exchange。", mend[1] or "Check node.exchange.",
    )  # fmt: skip


def _skew(seconds: float) -> Finding:
    told = f"{abs(seconds):.1f}"
    if abs(seconds) <= SKEW_TOLD:
        return good(
            "clock", f"时钟与交易所相差 {told} 秒。", f"The clock differs from the exchange's by {told} seconds."
        )
    make = bad if abs(seconds) > SKEW_SECONDS_MAX else warning
    return make(
        "clock", f"时钟与交易所相差 {told} 秒 (上限 {SKEW_SECONDS_MAX})。",
        f"The clock differs from the exchange's by {told} seconds (at most {SKEW_SECONDS_MAX}).",
        "请启用 NTP (chrony 或 systemd-timesyncd)。", "Keep it with NTP (chrony or systemd-timesyncd).",
    )  # fmt: skip


def ports(config: NodeConfig, running: dict[str, Any] | None) -> Iterator[Finding]:
    """The listening port: taken by the node itself, or free for it."""
    about = "port"
    where = f"{config.host}:{config.port}"
    if running is not None:
        yield good(about, f"节点在 {where} 监听。", f"The node listens at {where}.")
    else:
        try:
            with socket.create_server((config.host, config.port), reuse_port=False):
                pass
            yield good(about, f"{where} 空闲。", f"{where} is free.")
        except OSError as error:
            yield bad(
                about, f"{where} 不可用 ({error.strerror})。", f"{where} cannot be used ({error.strerror}).",
                "请停止占用它的程序, 或改 serve.port。", "Stop what uses it, or change serve.port.",
            )  # fmt: skip
    if config.host not in {"127.0.0.1", "::1", "localhost"}:
        yield warning(
            "listening", f"节点直接在 {config.host} 监听, 未加密。", f"The node listens at {config.host} itself, unencrypted.",
            "请在前面放 TLS 代理 (docs/guides/hardening.md), 并只监听 127.0.0.1。",
            "Put a TLS proxy in front (docs/guides/hardening.md) and listen at 127.0.0.1 alone.",
        )  # fmt: skip


def address_answers(
    config: NodeConfig, running: dict[str, Any] | None, http: httpx.Client | None = None
) -> Iterator[Finding]:
    """Whether a node's door stands at the address that buyers are told. Asked from here; another network may see less."""
    about = "address"
    if config.address is None:
        yield warning(
            about, "没有设 node.address: 买方从交易所得不到地址, 除非在交易所登记了。",
            "node.address is not set: buyers learn no address from the exchange unless it was entered there.",
            "在 node.toml 中设 address。", "Set address in node.toml.",
        )  # fmt: skip
        return
    if running is None:
        yield not_looked(about, "节点运行时才能查地址。", "The address can be tried while the node runs.")
        return
    mend = ("请检查代理、证书与防火墙的入站规则。", "Check the proxy, its certificate and the firewall's way in.")
    with http or httpx.Client(trust_env=False, timeout=SECONDS_MAX) as client:
        try:
            response = client.get(f"{config.address.rstrip('/')}/v1/receipts")
            told = response.json().get("code")
        except httpx.HTTPError as error:
            why = type(error).__name__
            yield bad(
                about, f"{config.address} 没有应答 ({why})。", f"{config.address} does not answer ({why}).", *mend
            )
            return
        except (ValueError, AttributeError):
            told = None
    if told == "token-missing":
        yield good(about, f"{config.address} 处有节点应答。", f"A node's door answers at {config.address}.")
    else:
        yield bad(about, f"{config.address} 处应答的不是节点。", f"What answers at {config.address} is no node.", *mend)
