"""`tongqu products`, `tongqu trade …`, `tongqu receipts …`: a purchase from the search to the bill."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from tongqu.client import access, signing
from tongqu.client.auditing import NothingToAcknowledge
from tongqu.client.batches import ask_in_batches, gone_on_with, rows_to
from tongqu.client.market import Market, Problem
from tongqu.client.receipts import Checked
from tongqu.client.terminal import advise, complain, market, say, tell_of_old
from tongqu.client.trade import Trade, yuan
from tongqu.node.owner.wording import MODES
from tongqu.wire.query import QueryAnswer
from tongqu.wire.words import Words

app = typer.Typer(help="一笔购买 · a purchase, from the request to the bill")
receipts = typer.Typer(help="回执 · receipts")

Number = Annotated[int, typer.Argument(help="交易编号（request 给出） · the trade's number, from request", min=1)]
Seconds = Annotated[float, typer.Option(help="最多等待秒数 · how long to wait", min=0)]
Region = Annotated[str | None, typer.Option(help="使用地域，六位区划代码 · where it is used, a code of GB/T 2260")]
Recipient = Annotated[str | None, typer.Option(help="接收方，统一社会信用代码 · whom it is for, by credit code")]
After = Annotated[
    int,
    typer.Option(help="略过前若干个，接着上次问 · go on behind so many; --out is added to", min=0, show_default=False),
]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="签名密钥文件 · your signature key", dir_okay=False)]


def _folder(number: int) -> Path:
    return access.folder() / "trades" / str(number)


def _open(exchange: Market, number: int, key_file: Path | None = None, *, signs: bool = False) -> Trade:
    """The trade of that number; one that was begun by a page gets its folder here."""
    signer = signing.load(signing.place(key_file)) if signs else None
    if not (_folder(number) / "trade.json").exists():
        listing = exchange.one("negotiation", number).fields["listing_id"]
        return Trade.begun(exchange, _folder(number), listing=listing, negotiation=number, signer=signer)
    return Trade.open(exchange, _folder(number), signer)


UNITS = {"asked": "次 · call", "found": "查得 · found", "rows": "行 · row"}
"""What a price is for."""


def price(product: dict[str, Any]) -> str:
    if product["price_kind"] == "fixed":
        return yuan(product["price_fen"])
    whole, rest = divmod(product["price_micro_yuan"], 1_000_000)
    return f"¥ {whole:,}.{f'{rest:06d}'.rstrip('0').ljust(2, '0')} / {UNITS[product['charge']]}"


def show_products(found: Sequence[dict[str, Any]]) -> None:
    """Nothing is cut, however narrow the terminal is: names are told apart by their ends, too."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 1, 0))
    table.add_column("编号\nno.", justify="right", no_wrap=True)
    table.add_column("产品和提供方\nproduct, provider", overflow="fold")
    table.add_column("交付\ndelivery", no_wrap=True)
    table.add_column("价格\nprice", no_wrap=True)
    table.add_column("用途\npurposes", overflow="fold")
    for one in found:
        mode = MODES.get(one["mode"], Words(one["mode"], one["mode"]))
        named = f"{escape(one['name'])}\n[dim]{escape(one['provider_name'])}[/]"
        table.add_row(str(one["id"]), named, f"{mode.zh}\n{mode.en}", price(one), escape("\n".join(one["purposes"])))
    if found:
        Console(highlight=False).print(table)
    say(f"共 {len(found)} 项", f"{len(found)} products")


def products(
    words: Annotated[str, typer.Argument(help="名称或说明中的词 · words of the name or summary")] = "",
    mode: Annotated[str | None, typer.Option(help="verification | dataset | api | model | report")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """在售产品 · products on sale"""
    with market(needs_key=False) as exchange:
        found = list(exchange.products(words, mode=mode))
        if as_json:
            print(json.dumps(found, ensure_ascii=False, indent=1))  # noqa: T201
            return
        show_products(found)


@app.command()
def request(
    listing: Annotated[int, typer.Argument(help="产品编号 · the product's number", min=1)],
    purpose: Annotated[list[str] | None, typer.Option(help="用途，可多次 · a purpose; may be repeated")] = None,
    calls: Annotated[int | None, typer.Option(help="最多调用次数 · calls at most", min=1)] = None,
) -> None:
    """提出购买 · ask for a product"""
    terms: dict[str, Any] = {"purposes": purpose or None, "calls_max": calls}
    with market() as exchange:
        asked = {name: value for name, value in terms.items() if value is not None}
        done = exchange.begin("negotiation", listing=listing, **asked)
        Trade.begun(exchange, _folder(done.subject), listing=listing, negotiation=done.subject)
        place = _place(exchange, done.fact)
        say(f"交易 {done.subject}，存证 {place}", f"trade {done.subject}, in the log at {place}")
        asked_fen = exchange.one("negotiation", done.subject).fields["terms"]["total_fen"]
        read, signed = f"tongqu trade show {done.subject}", _signing(done.subject, asked_fen)
        say(
            f"按所提条件最高 {yuan(asked_fen)}。提供方签署后，先看文本：{read}，再签署：{signed}",
            f"at most {yuan(asked_fen)} as asked for; once the provider has signed, read the text: {read}, and sign: {signed}",
        )


@app.command()
def show(number: Number, seconds: Seconds = 10) -> None:
    """显示待签署的文本 · the text that is to be signed"""
    with market() as exchange:
        told = _open(exchange, number).text(seconds=seconds)
        for sentence in told["sentences"]:
            say(sentence["zh"], sentence["en"])
        cost, signed = yuan(told["total_fen"]), _signing(number, told["total_fen"])
        say(
            f"摘要 {told['digest']}，最高 {cost}；签署：{signed}",
            f"the text's digest, at most {cost}; to sign: {signed}",
        )


def _signing(number: int, fen: int) -> str:
    return f"tongqu trade sign {number} --at-most {fen // 100}.{fen % 100:02d}"


def _place(exchange: Market, fact: int) -> str:
    """Where a fact stands in the log, as pages show it and `tongqu prove` takes it. What was done is done, also where that is
    not known yet."""
    with suppress(Problem):
        return str(exchange.proof(fact)["index"])
    return "…"


@app.command()
def sign(
    number: Number,
    at_most: Annotated[float, typer.Option(help="最多愿付（元） · the most you will pay, in yuan", min=0)],
    key_file: KeyFile = None,
    seconds: Seconds = 60,
) -> None:
    """用自持密钥签署 · sign with your own key"""
    with market() as exchange:
        fen = round(at_most * 100)
        done = _open(exchange, number, key_file, signs=True).sign(at_most_fen=fen, seconds=seconds)
        place = _place(exchange, done.fact)
        say(f"已签署，存证 {place}", f"signed, in the log at {place}")


@app.command()
def collect(number: Number, seconds: Seconds = 60) -> None:
    """等交付开始，设定调用口令 · wait for the delivery and set the call token"""
    with market() as exchange:
        node = _open(exchange, number).collect(seconds=seconds)
        say(f"许可 {node.permit.id}，节点 {node.permit.address}", f"permit {node.permit.id} at {node.permit.address}")


@app.command()
def call(
    number: Number,
    keys: Annotated[list[str] | None, typer.Argument(help="要核验的键 · the keys to verify")] = None,
    file: Annotated[Path | None, typer.Option(help="每行一键的文件 · a file with a key a line")] = None,
    out: Annotated[Path | None, typer.Option(help="结果 CSV · answers as CSV", dir_okay=False)] = None,
    purpose: Annotated[str | None, typer.Option(help="用途 · the purpose")] = None,
    batch: Annotated[int, typer.Option(help="每批键数 · keys a call", min=1, max=10_000)] = 1_000,
    after: After = 0,
    region: Region = None,
    recipient: Recipient = None,
) -> None:
    """调用核验，每批回答随到随写 · verify keys; each batch is written as it comes"""
    with market() as exchange:
        asked = [*(keys or []), *(_lines(file) if file else [])]
        if len(asked) <= after:
            complain("没有要核验的键。", "There is no key to verify.")
            raise typer.Exit(2)
        node = _open(exchange, number).node(region=region, recipient=recipient)
        bar = Progress(console=Console(stderr=True), transient=True, disable=out is None)
        with rows_to(out, goes_on=after > 0) as write, bar:
            task = bar.add_task("核验 verify", total=len(asked), completed=after)

            def answered(start: int, answers: list[str]) -> None:
                header = [("key", "answer")] if out is not None and start == 0 else []
                write([*header, *zip(asked[start:], answers, strict=False)])
                bar.update(task, completed=start + len(answers))

            ask_in_batches(node, asked, partial(node.batch, purpose=purpose), answered, after=after, batch=batch)
    if out is not None:
        found = len(asked) - after
        say(f"{found} 个回答写入 {out}", f"{found} answers written to {out}")


@app.command()
def count(
    number: Number,
    file: Annotated[Path, typer.Argument(help="每行一键的文件 · a file with a key a line")],
    purpose: Annotated[str | None, typer.Option(help="用途 · the purpose")] = None,
    blinded: Annotated[bool, typer.Option("--blinded", help="键盲化后发送 · send the keys blinded")] = False,
) -> None:
    """一批键中各答案有多少 · how many of a batch have which answer"""
    with market() as exchange:
        keys = _lines(file)
        trade = _open(exchange, number)
        node = trade.node()
        if blinded:
            node.agree_on_blinding(trade.blinding_secret())
        for answer, found in node.counts(keys, purpose=purpose).items():
            print(f"{answer}\t{'—' if found is None else found}")  # noqa: T201
        tell_of_old(node)


def _lines(file: Path) -> list[str]:
    """Keys come from spreadsheets, too, which put a mark before UTF-8 or save in an encoding of their own."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        complain(f"文件 {file} 不是 UTF-8 编码，请另存为 UTF-8。", f"{file} is not UTF-8: save it as UTF-8.")
        raise typer.Exit(1) from None
    return [line.strip() for line in text.splitlines() if line.strip()]


@app.command()
def query(
    number: Number,
    values: Annotated[
        list[str] | None, typer.Argument(help="参数 名=值；列表以逗号分隔 · name=value; lists by commas")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="结果 CSV · rows as CSV", dir_okay=False)] = None,
    purpose: Annotated[str | None, typer.Option(help="用途 · the purpose")] = None,
    pages: Annotated[int, typer.Option(help="最多页数 · pages at most", min=1)] = 1,
    cursor: Annotated[
        str | None, typer.Option(help="从上次停下处接着取 · go on where it stopped; --out is added to")
    ] = None,
) -> None:
    """接口查询，一页一次调用，随到随写 · run a query; each page is a call, and is written as it comes"""
    got = 0
    last: QueryAnswer | None = None

    def where() -> Words | None:
        if last is None or last.next is None:
            return None
        return Words(
            f"已得 {got} 行。其余的用同一命令加 --cursor={last.next} 接着取，已得的不再计费。",
            f"{got} rows came. Go on with the rest by the same command with --cursor={last.next}; these are not billed again.",
        )

    with market() as exchange:
        node = _open(exchange, number).node()
        with rows_to(out, goes_on=cursor is not None) as write, gone_on_with(where), node.until_written() as written:
            for page in islice(node.pages(asked_values(values or []), purpose=purpose, cursor=cursor), pages):
                write([page.columns, *page.rows] if last is None and cursor is None else page.rows)
                written()
                got, last = got + len(page.rows), page
        tell_of_old(node)
    if out is not None:
        say(f"{got} 行写入 {out}", f"{got} rows written to {out}")
    if (rest := where()) is not None:
        complain(rest.zh, rest.en)
    elif last is not None and last.limited:
        complain("还有更多行：请缩小范围。", "There are more rows: ask for less.")


@app.command()
def score(
    number: Number,
    keys: Annotated[list[str] | None, typer.Argument(help="数据源的键 · keys of the source")] = None,
    rows: Annotated[
        Path | None, typer.Option(help="特征 CSV，首行为特征名 · features as CSV, their names first", dir_okay=False)
    ] = None,
    purpose: Annotated[str | None, typer.Option(help="用途 · the purpose")] = None,
    batch: Annotated[int, typer.Option(help="每批行数 · rows a call", min=1, max=10_000)] = 1_000,
    after: After = 0,
) -> None:
    """模型评分：按键，或按自带的特征 · score by a model: by key, or by features of one's own"""
    if bool(keys) == (rows is not None):
        complain("请给出键，或以 --rows 给出特征文件，二者取一。", "Give keys, or --rows with a file of features.")
        raise typer.Exit(2)
    with market() as exchange:
        node = _open(exchange, number).node()
        asked: list[Any] = list(keys or []) if rows is None else feature_rows(rows)

        def scored(start: int, scores: list[str]) -> None:
            names = asked[start:] if rows is None else range(start + 1, len(asked) + 1)
            write(zip(names, scores, strict=False))

        ask = partial(node.score_keys if rows is None else node.score_rows, purpose=purpose)
        with rows_to(None, goes_on=False) as write:
            ask_in_batches(node, asked, ask, scored, after=after, batch=batch)


def feature_rows(file: Path) -> list[dict[str, str | int | float | None]]:
    """A line of the CSV is a row; an empty cell is a feature left out, and what reads as a number is one."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return [{name: _feature(cell) for name, cell in row.items() if name} for row in csv.DictReader(text)]


def _feature(cell: str | None) -> str | int | float | None:
    if not cell or not cell.strip():
        return None
    for kind in (int, float):
        with suppress(ValueError):
            return kind(cell)
    return cell


@app.command()
def report(
    number: Number,
    period: Annotated[str, typer.Argument(help="期间，如 2020-03、2020-Q1、2020 · the period")],
    target: Annotated[Path, typer.Argument(help="写入的 PDF · where to write", dir_okay=False)],
    purpose: Annotated[str | None, typer.Option(help="用途 · the purpose")] = None,
) -> None:
    """取一期报告并核对哈希 · a period's report; checks its hash"""
    with market() as exchange:
        node = _open(exchange, number).node()
        receipt = node.report(period, target, purpose=purpose)
        tell_of_old(node)
    say(f"{target} 与回执一致", f"{target} fits its receipt {receipt.sequence}")


def asked_values(pairs: Sequence[str]) -> dict[str, Any]:
    """`name=value` as a query takes it: lists where there are commas, flags as such, in quotes whatever is to stay text."""
    return {name: _asked(value) for name, _, value in (pair.partition("=") for pair in pairs)}


def _asked(value: str) -> Any:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    if "," in value:
        return [_asked(each) for each in value.split(",") if each]
    return value == "true" if value in {"true", "false"} else value


@app.command()
def download(
    number: Number,
    target: Annotated[Path, typer.Argument(help="写入的文件 · where to write", dir_okay=False)],
    purpose: Annotated[str | None, typer.Option(help="用途 · the purpose")] = None,
    region: Region = None,
    recipient: Recipient = None,
) -> None:
    """下载数据集，断点续传并核对哈希 · fetch the data set; goes on where it stopped, and checks its hash"""
    with market() as exchange, Progress(transient=True) as progress:
        bar = progress.add_task("下载 download")
        found = (
            _open(exchange, number)
            .node(region=region, recipient=recipient)
            .download(
                target, purpose=purpose, progress=lambda done, total: progress.update(bar, completed=done, total=total)
            )
        )
    version = found.receipt.source_version
    if found.marked:
        say(
            f"{target} 是为本合同加了水印的副本，由合同约定的版本 {version} 制成；文件自身的 SHA-256 为 {found.sha256}，与回执一致",
            f"{target} is this contract's own marked copy, made from the agreed version {version}; the file's SHA-256 is "
            f"{found.sha256}, as its receipt says",
        )
    else:
        say(f"{target} 就是合同约定的版本，SHA-256 {version}", f"{target} is the agreed version, by its SHA-256")


@app.command()
def profile(
    number: Number,
    target: Annotated[Path, typer.Argument(help="写入的 .share 文件 · the .share file to write", dir_okay=False)],
    purpose: Annotated[str | None, typer.Option(help="用途 · the purpose")] = None,
) -> None:
    """写 Delta Sharing 配置文件 · write the profile for a Delta Sharing client; it holds the token"""
    with market() as exchange:
        _open(exchange, number).node().write_profile(target, purpose=purpose)
    say(f"{target} 含调用口令，请勿外传", f"{target} holds your token: keep it")


@app.command()
def stop(number: Number, seconds: Seconds = 60) -> None:
    """结束使用，等最后结算单 · end the use and wait for the last statement"""
    with market() as exchange:
        found = _open(exchange, number).stop(seconds=seconds)
        say(f"共 {found.fields['calls']} 次调用，待验收", f"{found.fields['calls']} calls, under inspection")


@app.command()
def accept(number: Number) -> None:
    """核对回执后验收 · check the receipts, then accept"""
    with market() as exchange:
        trade = _open(exchange, number)
        checked = trade.check()
        tell(checked, number)
        if not checked.agrees:
            complain("回执与结算单不符，没有验收。", "Receipts and statements disagree: nothing was accepted.")
            raise typer.Exit(1)
        place = _place(exchange, trade.accept().fact)
        say(f"已验收，存证 {place}", f"accepted, in the log at {place}")


@app.command()
def bill(number: Number, seconds: Seconds = 60) -> None:
    """账单 · the bill"""
    with market() as exchange:
        found = _open(exchange, number).bill(seconds=seconds)
        units, cost = found.fields["units"], yuan(found.fields["fen"])
        say(f"{units} 个计费单位，{cost}，{found.state_said.zh}", f"{units} units, {cost}, {found.state_said.en}")


@app.command()
def proofs(
    number: Number,
    folder: Annotated[Path, typer.Argument(help="写入的目录 · where to write", file_okay=False)],
) -> None:
    """取全部步骤的证明文件 · the proof file of every step"""
    with market() as exchange:
        folder.mkdir(parents=True, exist_ok=True)
        for document in _open(exchange, number).proofs():
            envelope = document["envelope"]
            path = folder / f"{document['index']:08d}-{envelope['procedure']}-{envelope['act']}.json"
            path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
            say(str(path), f"tongqu verify {path}")


@receipts.command()
def check(number: Number) -> None:
    """核对回执与节点结算单 · compare your receipts with what the node told the exchange"""
    with market() as exchange:
        checked = _open(exchange, number).check()
        tell(checked, number)
        if not checked.agrees:
            raise typer.Exit(1)


@receipts.command("fetch")
def fetch_receipts(number: Number) -> None:
    """向节点补取缺少的回执：由其他程序发起的调用，或中断时丢失的 · take the receipts you lack from the node: of calls that another
    program made, or that were lost"""
    with market() as exchange:
        found = _open(exchange, number).fetch_receipts()
    for one in found:
        at = f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}"
        say(
            f"回执 {one.sequence}：{at}，{one.calls} 次调用，{one.units} 个计费单位",
            f"{one.purpose}, {one.calls} calls, {one.units} units",
        )
    if not found:
        say("没有缺少的回执", "no receipt is missing")
        return
    say(
        f"已补取 {len(found)} 份并核对签章和前后相接。请确认都是本方的调用；不是的，请勿验收，可提出争议",
        f"{len(found)} fetched; seals and chain hold. See that each was a call of yours: if one was not, do not accept, but object",
    )


@receipts.command("audit")
def audit_by_sampling(
    number: Number,
    size: Annotated[int, typer.Option(help="每份结算单抽取份数 · receipts of each statement", min=1)] = 200,
) -> None:
    """抽样核对回执，抽样由结算单之后的检查点决定 · audit by sampling, drawn by what was fixed after the statement"""
    with market() as exchange:
        audited = _open(exchange, number).audit(size=size)
    for one in audited:
        drawn, least = len(one.drawn), one.would_have_found
        for doubt in one.found:
            complain(
                f"结算单 {doubt.statement} 回执 {doubt.sequence}（{doubt.code}）：{doubt.words.zh}", doubt.words.en
            )
        if one.holds:
            say(
                f"结算单 {one.statement}：{one.count} 份中抽 {drawn} 份，全部相符；虚假回执若有 {least} 份以上，有 95% 的把握已被发现",
                f"statement {one.statement}: {drawn} of {one.count} drawn, all fit; {least} false ones or more would have been "
                f"found with 95 % certainty (seed {one.seed[:16]})",
            )
    if not all(one.holds for one in audited):
        raise typer.Exit(1)


@receipts.command("acknowledge")
def acknowledge_receipts(number: Number, seconds: Seconds = 60) -> None:
    """签名确认收到的回执 · acknowledge the receipts you hold, by your signature"""
    with market() as exchange:
        try:
            reached = _open(exchange, number).acknowledge(seconds=seconds)
        except NothingToAcknowledge as broken:
            complain(
                f"回执在第 {broken.sequence} 份处缺失或不相接，没有确认。请先运行 tongqu receipts check。",
                f"Receipt {broken.sequence} is missing or does not follow: nothing was acknowledged. Run tongqu receipts check.",
            )
            raise typer.Exit(1) from None
        say(f"已确认至第 {reached} 份回执", f"acknowledged up to receipt {reached}")


@receipts.command("story")
def story(
    number: Number,
    sequence: Annotated[int, typer.Argument(help="回执序号 · the receipt's number", min=1)],
    out: Annotated[Path, typer.Argument(help="写入的文件 · where to write", dir_okay=False)],
    disclosed: Annotated[
        Path | None,
        typer.Option(
            help="披露请求与回答的 JSON：salt、request、answer · what to disclose of the call", dir_okay=False
        ),
    ] = None,
) -> None:
    """导出一次调用的全过程，供争议时离线核验 · one call's whole story for a dispute, checked offline by tongqu verify"""
    shown = json.loads(disclosed.read_text("utf-8")) if disclosed else None
    with market() as exchange:
        document = _open(exchange, number).story(sequence, disclosed=shown)
    out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    say(f"已写入 {out}", f"written; check it anywhere with: tongqu verify {out}")


def tell(checked: Checked, number: int) -> None:
    for statement, one in checked.disagreements:
        where = f"结算单 {statement}" + (f" 回执 {one.sequence}" if one.sequence else "")
        complain(f"{where}（{one.code}）：{one.words.zh}", one.words.en)
    if any(one.code == "receipt-missing" for _, one in checked.disagreements):
        advise(
            f"由其他程序发起的调用，或中断时丢失的回执，可向节点补取：tongqu receipts fetch {number}",
            f"Receipts of calls that another program made, or that were lost, are fetched from the node: tongqu receipts fetch {number}",
        )
    if checked.agrees:
        say(
            f"{checked.receipts} 份回执与 {checked.statements} 份结算单一致（{checked.unstated} 份尚未结算）",
            f"{checked.receipts} receipts and {checked.statements} statements agree ({checked.unstated} not stated yet)",
        )
    if checked.lost:
        say(
            f"其中 {len(checked.lost)} 份回执是节点从备份恢复时失去的，不计费",
            f"{len(checked.lost)} of the receipts were lost by the node, which was restored from a back-up; they are not billed",
        )
