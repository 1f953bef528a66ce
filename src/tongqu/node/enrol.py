"""Registers a node with its exchange, once, with the one-time key that the exchange gave to the provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from tongqu.node.clock import wall_clock
from tongqu.node.config import read_config
from tongqu.node.faults import NodeFault
from tongqu.node.state import Identity, StateFolder
from tongqu.node.sync import SOFTWARE
from tongqu.wire.message import BadMessage, open_sealed, seal_message
from tongqu.wire.seals import BadSeal, key_id
from tongqu.wire.sync import Register, Registered, key_bytes, key_text, new_nonce
from tongqu.wire.words import Words


def enrol(
    config_path: Path | str,
    *,
    enrolment_key: str,
    exchange_key_id: str | None = None,
    http: httpx.Client | None = None,
    now: Callable[[], datetime] = wall_clock,
) -> Identity:
    """Sends the node's public key, keeps the id and the exchange's public key. Raises NodeFault.

    `exchange_key_id` (16 hex characters, told to the provider by another way) makes sure that it is this exchange;
    without it, the first answer is believed. A node that is enrolled already stays who it is.
    """
    config = read_config(config_path)
    state = StateFolder(config.state)
    try:
        return state.identity()
    except NodeFault:
        pass
    signer = state.signer()
    register = Register(
        enrolment_key=enrolment_key,
        name=config.name,
        public_key=key_text(signer.public_bytes),
        software=SOFTWARE,
        nonce=new_nonce(),
        at=now(),
    )
    client = http or httpx.Client(proxy=config.proxy, trust_env=False, timeout=10)
    registered = _opened(_ask(client, config.exchange, seal_message(register, signer)), register)
    exchange_key = key_bytes(registered.exchange_public_key)
    if exchange_key_id is not None and key_id(exchange_key) != exchange_key_id:
        raise NodeFault(
            "other-exchange",
            Words("应答方的公钥不是所指定的交易所公钥。", "Whoever answered does not hold the expected exchange key."),
            Words("请核对交易所地址与公钥编号。", "Check the exchange's address and key id."),
        )
    identity = Identity(registered.node, exchange_key)
    state.keep_identity(identity)
    return identity


def _ask(client: httpx.Client, exchange: str, sealed: object) -> object:
    try:
        response = client.post(f"{exchange}/wire/register", json=sealed)
    except httpx.HTTPError as error:
        raise NodeFault(
            "exchange-unreachable",
            Words(f"连不上交易所 {exchange}。", f"The exchange {exchange} cannot be reached."),
            Words("请检查地址、网络与代理。", "Check the address, the network and the proxy."),
        ) from error
    if response.status_code != 200:
        raise NodeFault(
            "enrolment-refused",
            Words(
                f"交易所拒绝了登记 (状态 {response.status_code})。",
                f"The exchange refused the enrolment (status {response.status_code}).",
            ),
            Words(
                "登记密钥只能用一次且会过期, 请向交易所索取新的。", "A key works once and expires; ask for a new one."
            ),
        )
    try:
        return response.json()
    except ValueError:
        return None


def _opened(sealed: object, register: Register) -> Registered:
    """The answer, sealed with the key it names and answering this very registration."""
    try:
        body = sealed.get("body") if isinstance(sealed, dict) else None
        told = Registered.from_json(body)
        registered = open_sealed(Registered, sealed, key_bytes(told.exchange_public_key))
        if registered.nonce != register.nonce:
            raise BadSeal("the answer to another registration")
    except (BadMessage, BadSeal, ValueError) as error:
        raise NodeFault(
            "bad-answer",
            Words("交易所的登记应答无法核验。", "The exchange's answer could not be verified."),
            Words("请核对交易所地址后重试。", "Check the exchange's address and try again."),
        ) from error
    return registered
