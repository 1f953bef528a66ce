"""`tongqu registrar …`: hand everything over, check such a bundle anywhere, take one over. On the machine of the exchange."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="登记机构的移交和接收 · a registrar hands over, another takes over")

Code = Annotated[str, typer.Option("--registrar", help="登记机构的统一社会信用代码 · the registrar's credit code")]
Key = Annotated[str, typer.Option("--key", help="移交机构的公钥 z6Mk… · public key of who handed it over")]


def _open_the_house() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    os.environ.setdefault("TONGQU_LOG_LEVEL", "WARNING")
    import django
    from django.apps import apps

    if not apps.ready:  # a second time would set up the logs anew
        django.setup()


def _end(zh: str, en: str) -> typer.Exit:
    typer.echo(f"{zh}\n{en}", err=True)
    return typer.Exit(1)


def _party(code: str) -> int:
    from tongqu.exchange.members import parties

    found = parties.by_credit_code(code)
    if found is None or not found.has("registrar"):
        raise _end(f"本所没有信用代码为 {code} 的登记机构", f"No registrar of the credit code {code} is a member here")
    return found.id


def _person(login: str) -> int:
    from django.contrib.auth import get_user_model

    found = get_user_model().objects.filter(username=login, is_active=True).values_list("pk", flat=True).first()
    if found is None:
        raise _end(f"没有登录名 {login}", f"There is no sign-in name {login}")
    return int(found)


@app.command("hand-over")
def hand_over(
    out: Annotated[Path, typer.Argument(help="写入的文件 · where to write", dir_okay=False)], registrar: Code
) -> None:
    """写出全部登记资料的移交包 · write everything into a signed bundle"""
    _open_the_house()
    from tongqu.client.terminal import say
    from tongqu.exchange.registry import handover

    half, party = out.with_name(f".{out.name}.half"), _party(registrar)
    try:
        with half.open("w+b") as file:
            manifest = handover.write(party, file, at=datetime.now(tz=UTC))
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = handover.written.note(file, party).sha256
    except handover.NothingLogged as shut:
        half.unlink(missing_ok=True)
        raise _end(f"{shut.words.zh}。{shut.mend.zh}", f"{shut.words.en}. {shut.mend.en}") from None
    except handover.BadBundle as bad:
        half.unlink(missing_ok=True)
        raise _end(f"没有写出。{bad.words.zh}", f"Nothing was written. {bad.words.en}") from None
    half.replace(out)
    lines, papers = manifest["parts"]["registrations"]["lines"], manifest["papers"]["count"]
    say(f"{lines} 项登记、{papers} 份文件写入 {out}", f"{lines} registrations and {papers} papers written to {out}")
    say(
        f"已核验并记入本所，退出时填写 SHA-256：{digest}",
        f"Verified and noted here; the exit asks for its SHA-256: {digest}",
    )
    say(
        f"公钥（另行告知接收方）：{manifest['public']}",
        f"Public key, to be told apart from the bundle: {manifest['public']}",
    )


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="移交包 · the bundle", dir_okay=False, exists=True)],
    key: Annotated[str | None, typer.Option("--key", help="移交机构的公钥 z6Mk… · its public key")] = None,
) -> None:
    """离线核验移交包 · check a bundle, offline: signature, every line, every proof, every paper"""
    _open_the_house()
    from tongqu.client.terminal import say
    from tongqu.exchange.registry import handover

    try:
        with file.open("rb") as content:
            report = handover.verify(content, public=key)
    except handover.BadBundle as bad:
        raise _end(f"移交包不符。{bad.words.zh}", f"The bundle differs. {bad.words.en}") from None
    who = report.manifest["registrar"]["name"]
    say(f"移交包成立：{who}，存证 {report.facts} 项逐一核验", f"The bundle holds: {who}; {report.facts} facts proven")
    if key is None:
        say(
            f"没有指定公钥；签名者为 {report.manifest['public']}",
            f"No key was named; it is signed by {report.manifest['public']}",
        )


@app.command("take-over")
def take_over(
    file: Annotated[Path, typer.Argument(help="移交包 · the bundle", dir_okay=False, exists=True)],
    registrar: Code,
    key: Key,
    login: Annotated[str, typer.Option("--login", help="经办人的登录名 · sign-in name of the person who does it")],
) -> None:
    """接收移交包；可重复运行，从停止处继续 · take a bundle over; run again, it goes on where it stopped"""
    _open_the_house()
    from tongqu.client.terminal import say
    from tongqu.exchange.bedrock import papers
    from tongqu.exchange.bedrock.inputs import BadInput
    from tongqu.exchange.bedrock.procedures import Shut, begin
    from tongqu.exchange.members import mandates
    from tongqu.exchange.registry import handover

    at, party = datetime.now(tz=UTC), _party(registrar)
    try:
        by = mandates.actor_for(_person(login), party, at=at)
        with file.open("rb") as content:
            kept = papers.keep(
                iter(lambda: content.read(1 << 20), b""), name=file.name, media_type="application/zip", at=at, by=party,
                bytes_max=file.stat().st_size + 1,
            )  # fmt: skip
        asked = hashlib.sha256(
            f"{kept.sha256}/{key}".encode()
        ).hexdigest()  # named with a wrong key, it may be named anew
        begun = begin(handover.TAKE_OVER, by=by, at=at, key=f"take_over/{asked}", file=kept.sha256, public=key)
    except (Shut, BadInput, papers.BadPaper) as no:
        raise _end(f"{no.words.zh}。{no.mend.zh}", f"{no.words.en}. {no.mend.en}") from None
    state = handover.run(begun.subject)
    label = handover.TAKE_OVER.label(state)
    say(f"第 {begun.subject} 件：{label.zh}", f"No. {begun.subject}: {label.en}")
    if state != "finished":
        raise typer.Exit(1)
