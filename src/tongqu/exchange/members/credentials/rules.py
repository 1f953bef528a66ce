"""Whose signature keys may be taken into use or out of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class KeySeen:
    """A signature key about to be registered, or retired."""

    for_party: bool = True
    proven: bool = True
    used_before: bool = False
    kept_already: bool = False
    own: bool = True
    by_administrator: bool = False


@rule(
    "ESIG:13",
    title=Words("签名数据专有并由签名人控制", "A signature key is its signer's alone"),
    since=date(2019, 4, 23),
)
def signature_key_is_proven(seen: KeySeen) -> Finding:
    if not seen.for_party:
        return refuses(
            Words("签名须代表一个单位", "One signs for an organisation"),
            mend=Words("请先选择代表的单位。", "Choose the organisation you act for."),
        )
    if not seen.proven:
        return refuses(
            Words("持有证明与公钥不符", "The proof of possession does not fit the public key"),
            mend=Words(
                "用对应的私钥对指定文本重新签名。",
                "Sign the stated text again with the private key that belongs to it.",
            ),
        )
    return complies()


@rule(
    "ESIG:13",
    title=Words("签名密钥不重复使用", "A signature key belongs to one signer"),
    since=date(2019, 4, 23),
    asks=("public",),
)
def signature_key_is_new(seen: KeySeen) -> Finding:
    if seen.used_before:
        return refuses(
            Words("这个公钥已经登记过", "This public key was registered before"),
            mend=Words("请生成新的密钥。", "Make a new key."),
        )
    if seen.kept_already:
        return refuses(
            Words("已有一个由交易场所保管的密钥在用", "A key kept by the exchange is in use already"),
            mend=Words("直接使用，或先停用原密钥。", "Use it, or retire it first."),
        )
    return complies()


@rule("ESIG:13", title=Words("停用本人的签名密钥", "One retires one's own signature key"), since=date(2019, 4, 23))
def signature_key_is_ones_own(seen: KeySeen) -> Finding:
    if seen.own or seen.by_administrator:
        return complies()
    return refuses(
        Words("这是本单位其他人的签名密钥", "This signature key belongs to a colleague"),
        mend=Words("请本人或单位管理员办理。", "Ask the colleague or an administrator of the organisation."),
    )
