"""`tongqu demo trade`: two purchases through the public API, every step shown with a proof that was checked here."""

from __future__ import annotations

import csv
import time
import uuid
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tongqu.client.market import Market, Problem
from tongqu.client.trade import Trade
from tongqu.exchange.bedrock.values import yuan
from tongqu.wire.proofs import verify_proof
from tongqu.wire.seals import Ed25519Signer


class Demonstration:
    """Buys as the sample buyer's program, with its own API key and its own signature key."""

    def __init__(self, buyer: Mapping[str, Any], folder: Path) -> None:
        self.market = Market(buyer["exchange"], buyer["api_key"])
        self.signer = Ed25519Signer.from_seed(bytes.fromhex(buyer["signing_seed"]))
        self.products: Mapping[str, int] = buyer["products"]
        self.sellers = {product: Market(buyer["exchange"], key) for product, key in buyer["sellers"].items()}
        self.folder = folder / uuid.uuid4().hex[:8]
        self.console = Console(highlight=False)
        self.began = time.monotonic()
        self.proven = 0

    def run(self, calls: int) -> None:
        self.console.print("[bold]一、信用核验：按次计费，原始数据不出节点[/]  verification, paid by the call")
        self._verification(calls)
        self.console.print("\n[bold]二、用电量数据集：一口价，固定版本附哈希[/]  a data set at a fixed price")
        self._dataset()
        seconds = time.monotonic() - self.began
        self.console.print(
            f"\n[green]✓[/] 两笔交易完成，{self.proven} 项存证已在本机离线核验，用时 {seconds:.1f} 秒"
            f"  two trades, {self.proven} proofs checked offline, {seconds:.1f} s"
        )

    def _buy(self, product: str, purposes: list[str], **terms: Any) -> Trade:
        trade = Trade.request(
            self.market,
            self.signer,
            listing=self.products[product],
            purposes=purposes,
            folder=self.folder / product,
            **terms,
        )
        self._show("提出购买", "requested", "negotiation", trade.kept.negotiation)
        text = trade.text()
        self._show(
            f"提供方同意，最高 {yuan(text['total_fen'])}", "the provider agreed", "negotiation", trade.kept.negotiation
        )
        trade.sign(at_most_fen=text["total_fen"])
        self._show("买方以自持密钥签署", "signed with the buyer's own key", "negotiation", trade.kept.negotiation)
        trade.started()
        self._show("资金冻结，合同生效", "money held, contract in force", "contract", trade.kept.contract)
        return trade

    def _verification(self, calls: int) -> None:
        trade = self._buy("verification", ["risk-management"], calls_max=calls)
        node = trade.collect()
        self._show("许可到达节点", "the permit is at the node", "transfer", trade.kept.transfer)
        source = files("tongqu.demo") / "data" / "credit_default_party_a.csv"
        with source.open(encoding="utf-8") as file:
            keys = [row["ID"] for row in csv.DictReader(file)][:calls]
        answers = {"yes": 0, "no": 0, "unknown": 0}
        with Progress(
            TextColumn("  核验 verifying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=self.console
        ) as progress:
            for key in progress.track(keys):
                answers[node.verify(key, purpose="risk-management")] += 1
        self.console.print(
            f"  {len(keys):,} 次：是 {answers['yes']:,} · 否 {answers['no']:,} · 无记录 {answers['unknown']:,}，每次都有节点签名的回执"
            "  a signed receipt for each"
        )
        self._finish(trade, "verification")

    def _dataset(self) -> None:
        trade = self._buy("dataset", ["research"])
        node = trade.collect()
        self._show("许可到达节点", "the permit is at the node", "transfer", trade.kept.transfer)
        path = self.folder / "dataset" / "steel_industry_data.csv"
        node.download(path, purpose="research")
        self.console.print(
            f"  已下载 {path.stat().st_size:,} 字节，哈希与合同版本一致  {path.stat().st_size:,} bytes, hash as agreed"
        )
        self._finish(trade, "dataset")

    def _finish(self, trade: Trade, product: str) -> None:
        self._stop(trade)
        checked = trade.check()
        self.console.print(
            "  回执与节点结算单逐份一致" if checked.agrees else f"  [red]回执与结算单不一致：{checked}[/]",
            " receipts agree with the statements" if checked.agrees else " receipts disagree",
        )
        trade.accept()
        self._show("买方验收", "accepted", "transfer", trade.kept.transfer)
        bill = trade.bill()
        self._show(f"账单 {yuan(bill.fields['fen'])}，已结清", "billed and settled", "bill", bill.id)
        settled = next(
            s for s in self.market.list("settlement") if s.fields["negotiation_id"] == trade.kept.negotiation
        )
        charged, total = settled.fields["charged_fen"], settled.fields["total_fen"]
        paid = f"付款 {yuan(charged)}，退回余款 {yuan(total - charged)}"
        self._show(paid, "paid; the rest returned", "settlement", settled.id)
        self._shares(self.sellers[product], settled.id)

    def _shares(self, seller: Market, settlement: int) -> None:
        """As the provider sees it: who received what, by the plan in force."""
        for _ in range(50):
            for distribution in seller.list("distribution"):
                if distribution.fields["settlement_id"] == settlement:
                    parts = " · ".join(f"{part['ground']} {yuan(part['fen'])}" for part in distribution.fields["parts"])
                    self._show(f"收益分配：{parts}", "shared", "distribution", distribution.id, seller)
                    return
            time.sleep(0.2)

    def _stop(self, trade: Trade) -> None:
        """A permit that is used up ends by itself; whoever is first, the use ends once and the last statement comes."""
        try:
            trade.stop()
        except Problem as problem:
            if problem.code != "not-now":
                raise
            while self.market.one("transfer", int(trade.kept.transfer or 0)).state == "completing":
                time.sleep(0.2)

    def _show(self, zh: str, en: str, procedure: str, subject: int | None, seen_by: Market | None = None) -> None:
        """One line with the number of its fact, whose proof is fetched and checked against the log's signature."""
        market = seen_by or self.market
        event = market.one(procedure, int(subject or 0)).timeline[-1]
        checked = verify_proof(market.proof(int(event["fact"])))
        self.proven += 1
        self.console.print(f"  {zh} · {en}  [green]✓ 存证 {checked.index:,}[/]")
