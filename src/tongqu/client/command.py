"""The `tongqu` command. Each subject brings its own sub-command; this page only lists them.

A sub-command is a file in this folder that holds a typer `app` (a group: `tongqu demo load`) or a function (one
command: `tongqu verify`). Only the one that is called is imported, so that `tongqu --help` answers at once. Its heavy
imports (Django, DuckDB) still belong inside the functions: `tongqu demo --help` should not wait for a database driver.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass

import typer

from tongqu.client import usage


@dataclass(frozen=True)
class Entry:
    """One line of `tongqu --help`: where it lies (`module:name`) and what it does."""

    where: str
    help: str


COMMANDS = {
    "up": Entry("tongqu.client.up:up", "起动整个交易所，Ctrl-C 停止 · run the whole house; Ctrl-C stops it"),
    "demo": Entry("tongqu.client.demo:app", "示例市场 · the sample market"),
    "products": Entry("tongqu.client.buying:products", "在售产品 · products on sale"),
    "trade": Entry("tongqu.client.buying:app", "一笔购买，从请求到账单 · a purchase, from the request to the bill"),
    "receipts": Entry("tongqu.client.buying:receipts", "核对回执与结算单 · receipts against statements"),
    "keys": Entry("tongqu.client.signing:app", "自持签名密钥 · your own signature key"),
    "prove": Entry("tongqu.client.proving:prove", "取一项事实的证明文件 · the proof file of a fact"),
    "verify": Entry("tongqu.client.verifying:verify", "离线核验证明文件 · check a proof file, offline"),
    "export": Entry("tongqu.client.bookkeeping:app", "导出账目 · the books, on the exchange's own machine"),
    "audit": Entry("tongqu.client.bookkeeping:audit", "核对账目、存证和文件 · check books, log and papers"),
    "registrar": Entry(
        "tongqu.client.registrar:app", "登记机构的移交和接收 · a registrar hands over, another takes over"
    ),
    "trace": Entry("tongqu.client.tracing:trace", "查泄露副本出自哪份合同 · name the contract of a leaked copy"),
    "node": Entry("tongqu.client.node:app", "数据节点 · the node, which stands where the data lives"),
}


def build(wanted: str | None) -> typer.Typer:
    """The command with every entry listed, and the wanted one in full."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        help="通衢：数据要素市场的软件 · Tongqu: the software of a data-element market",
    )
    app.callback()(lambda: None)
    for name, entry in COMMANDS.items():
        if name == wanted:
            _add(app, name, entry)
        else:
            app.command(name, help=entry.help)(lambda: None)
    return app


def _add(app: typer.Typer, name: str, entry: Entry) -> None:
    module, _, attribute = entry.where.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        # A group stays a group even while it has a single command.
        if found.registered_callback is None:
            found.callback()(lambda: None)
        app.add_typer(found, name=name, help=entry.help, no_args_is_help=True)
    else:
        app.command(name, help=entry.help)(found)


def main() -> None:
    """The entry point of `tongqu` and of `python -m tongqu.client.command`."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    sys.exit(usage.run(build(wanted), "tongqu"))


if __name__ == "__main__":
    main()
