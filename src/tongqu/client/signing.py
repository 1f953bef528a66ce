"""`tongqu keys …`: the buyer's own signature key. It never leaves this machine; the exchange learns its public half."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongqu.client import access
from tongqu.wire.canonical import canonical
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.words import Words

app = typer.Typer(help="签名密钥 · your own signature key")
PURPOSE = "tongqu/own-signature-key/1"

KeyFile = Annotated[Path | None, typer.Option("--file", help="密钥文件 · the key's file", dir_okay=False)]


def place(file: Path | None = None) -> Path:
    """The file named, or the environment's `TONGQU_SIGNATURE_KEY`, or the usual one."""
    named = os.environ.get("TONGQU_SIGNATURE_KEY")
    return file or (Path(named) if named else access.folder() / "signature.pem")


def make(path: Path) -> Ed25519Signer:
    """A fresh key in a file of mode 0600. Raises FileExistsError: a key that signed is never overwritten."""
    signer = Ed25519Signer.generate()
    pem = signer.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    access.write_private(path, pem, fresh=True)
    return signer


def load(path: Path) -> Ed25519Signer:
    """Raises FileNotFoundError, and NoAccess for a file open to others or without an Ed25519 key."""
    access.check_private(path)
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise _no_key(path) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _no_key(path)
    return Ed25519Signer(private)


def _no_key(path: Path) -> access.NoAccess:
    return access.NoAccess(
        "bad-signature-key",
        Words(f"文件 {path} 不是 Ed25519 私钥。", f"{path} holds no Ed25519 private key."),
        Words("请用 tongqu keys new 生成。", "Make one with tongqu keys new."),
    )


def proof(signer: Ed25519Signer, *, person: int, party: int) -> str:
    """The proof of possession that the exchange asks for when the key is registered, base64."""
    text = {"purpose": PURPOSE, "person": person, "organisation": party, "public": signer.public_bytes.hex()}
    return base64.b64encode(signer.sign(canonical(text))).decode()


@app.command()
def new(file: KeyFile = None) -> None:
    """生成签名密钥（仅本人可读） · make a signature key that only you can read"""
    from tongqu.client.terminal import complain, say

    path = place(file)
    try:
        signer = make(path)
    except FileExistsError:
        complain(f"{path} 已有密钥，不会覆盖。", f"{path} holds a key already; it is not overwritten.")
        raise typer.Exit(1) from None
    say(f"密钥 {signer.key_id} 已写入 {path}", f"key {signer.key_id} written to {path}")


@app.command()
def show(file: KeyFile = None) -> None:
    """显示公钥和持有证明，供在工作台登记 · the public key and the proof, to register on your desk"""
    from tongqu.client.terminal import market, say

    with market() as exchange:
        signer = load(place(file))
        me = exchange.me()
        public = base64.b64encode(signer.public_bytes).decode()
        say(f"编号 {signer.key_id}", f"key id {signer.key_id}")
        say(f"公钥 {public}", "public key")
        say(f"持有证明 {proof(signer, person=me['person'], party=me['party'])}", "proof of possession")
        known = {key["key_id"] for key in exchange.get("/signature-keys") if key["state"] == "in_use"}
        if signer.key_id in known:
            say("已登记，可用于签署。", "Registered: it can sign.")
        else:
            say(
                "请在工作台“签名密钥”中登记（需第二重验证）。",
                "Register it on your desk under signature keys (with your second factor).",
            )
