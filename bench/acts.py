"""How many acts does the door take in a second, beside what PostgreSQL itself can do on this machine?

Ours: whole trades at 8 clients, each a process with one connection that calls the door directly. An act is state, moves
and fact in one transaction; the keeper's integrator works beside them all the while, as in a running exchange. All eight
buy the same product of one provider, so the provider's accounts and its node's permits are as busy as they ever get.
The peer: pgbench's TPC-B at 8 clients, scale 8, on the same server with the same settings, in alternating rounds.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import django

from bench import clients, server
from bench.buyer import Buyer
from bench.clients import Round
from bench.figures import Figure, Report, percentile, rates_compared

CLIENTS = 8
SCALE = 8
ROUNDS = 5
SECONDS = 8.0


def measure(rounds: int = ROUNDS, seconds: float = SECONDS) -> Report:
    with server.fresh() as there:
        from bench.market import open_market

        buyers = open_market(there.folder, CLIENTS)
        there.ready_the_peer(SCALE)
        ours: list[Round] = []
        theirs: list[server.Tpcb] = []
        with Integrator() as integrator, clients.started(trades, buyers) as working:
            for _ in range(rounds):
                theirs.append(there.tpcb(clients=CLIENTS, seconds=seconds))
                ours.append(working.work(seconds))
            working.work(clients.FINISH)
        prepared = there.tpcb(clients=CLIENTS, seconds=seconds, protocol="prepared")
        assert there.tpcb_adds_up()
        kept = _check(buyers)
        return _report(ours, theirs, prepared, integrator.lags, kept)


def trades(buyer: Buyer) -> Iterator[str]:
    """One trade after another; an empty name after each."""
    from bench import trade

    actor = trade.client_actor(buyer)
    while True:
        for outcome in trade.whole_trade(actor, buyer.listing):
            yield f"{outcome.procedure}.{outcome.act}"
        yield ""


class Integrator:
    """The keeper's part in the evidence: places what was committed, and notes how long the oldest fact had waited."""

    def __enter__(self) -> Integrator:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_integrate, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._pipe.send(None)
        self.lags: list[float] = self._pipe.recv()
        self._process.join(timeout=10)


def _integrate(pipe: Connection) -> None:
    django.setup()
    from django.db import connection

    from tongqu.exchange import keeper
    from tongqu.exchange.bedrock import evidence

    lags: list[float] = []
    while not pipe.poll(keeper.PAUSE_SECONDS_MIN):
        with connection.cursor() as cursor:
            cursor.execute("select at from bedrock_fact where id = (select min(fact_id) from bedrock_fresh)")
            oldest = cursor.fetchone()
        if oldest and evidence.integrate():
            lags.append((datetime.now(tz=UTC) - oldest[0]).total_seconds())
    while evidence.integrate():
        pass
    pipe.send(lags)


def _check(buyers: list[Buyer]) -> int:
    """Every trade has come to its end, the books balance and the log proves itself. Returns how many trades."""
    from django.db import connection

    from bench import trade
    from tongqu.exchange.bedrock import evidence, ledger

    with connection.cursor() as cursor:
        counted = {}
        for table, end in trade.ENDS.items():
            cursor.execute(f"select count(*), count(*) filter (where state <> %s) from {table}", [end])
            counted[table], unfinished = cursor.fetchone()
            assert unfinished == 0, (table, unfinished)
        assert len(set(counted.values())) == 1, counted
        trades_made = counted["trading_contract"]
        cursor.execute(
            "select count(*) from bedrock_fact where procedure = any(%s)",
            [["negotiation", "settlement", "contract", "transfer", "bill", "distribution"]],
        )
        (facts,) = cursor.fetchone()
    assert facts == trades_made * trade.ACTS, (facts, trades_made)
    assert ledger.audit() == []
    assert evidence.audit() == []
    return int(trades_made)


def _report(
    ours: list[Round], theirs: list[server.Tpcb], prepared: server.Tpcb, lags: list[float], kept: int
) -> Report:
    took = [seconds for each in ours for seconds in each.all()]
    rates = [each.per_second for each in ours]
    peers = [each.per_second for each in theirs]
    figure = rates_compared("acts", rates, "pgbench tpcb", peers)
    p50, p99, lag = percentile(took, 0.5) * 1e3, percentile(took, 0.99) * 1e3, percentile(lags, 0.99) * 1e3
    peer_ms = statistics.median(each.latency_ms for each in theirs)
    rows = [
        (str(n + 1), f"{a:,.0f}", f"{b:,.0f}", f"{a / b:.3f}")
        for n, (a, b) in enumerate(zip(rates, peers, strict=True))
    ]
    rows.append(("median", f"{figure.ours:,.0f}", f"{figure.theirs:,.0f}", f"{figure.ratio:.3f}"))
    return Report(
        "acts", f"{__doc__}".split("\n\n")[0], ("round", "acts/s", "pgbench TPC-B/s", "ratio"), rows,
        [
            figure,
            Figure("acts.p50", p50, "pgbench tpcb mean", peer_ms, peer_ms / p50, "ms", len(took)),
            Figure("acts.p99", p99, "pgbench tpcb mean", peer_ms, peer_ms / p99, "ms", len(took)),
            Figure("acts.integrator_lag_p99", lag, "one second", 1000.0, 1000.0 / lag, "ms", len(lags)),
        ],
        [
            f"{kept:,} whole trades of 19 acts, all ended, books and log audited; {CLIENTS} clients, {SECONDS:.0f} s a round.",
            f"An act takes {p50:.1f} ms (p50) and {p99:.1f} ms (p99) at this load.",
            f"A fact has its place {percentile(lags, 0.5) * 1e3:.0f} ms after its act began (p50), {lag:.0f} ms (p99).",
            f"pgbench with prepared statements: {prepared.per_second:,.0f}/s; against that the ratio is"
            f" {figure.ours / prepared.per_second:.3f}.",
            "Slowest acts (p50): " + ", ".join(_slowest(ours)) + ".",
        ],
    )  # fmt: skip


def _slowest(ours: list[Round]) -> list[str]:
    took: dict[str, list[float]] = {}
    for each in ours:
        for name, several in each.took.items():
            took.setdefault(name, []).extend(several)
    medians = sorted(((statistics.median(several), name) for name, several in took.items()), reverse=True)
    return [f"{name} {seconds * 1e3:.1f} ms" for seconds, name in medians[:5]]


if __name__ == "__main__":
    started = time.perf_counter()
    measure().show()
    print(f"\n  in {time.perf_counter() - started:.0f} s")
