"""One call over HTTP: to the judged address only, no redirect, no proxy, bounded in time and size. No database."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from tongqu.exchange.bedrock.errands.addresses import Target

WHOLE_SECONDS_MAX = 20.0
CONNECT_SECONDS_MAX = 5.0
SILENCE_SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 64 * 1024

# They log whole addresses, and an address may hold a receiver's token.
for _talkative in ("httpx", "httpcore"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Answer:
    """How a call went. `error` is empty when the other side took it; else a few words of our own, never theirs."""

    status: int | None
    error: str


def call(
    target: Target, content: bytes, headers: Mapping[str, str], *, seconds_max: float = WHOLE_SECONDS_MAX
) -> Answer:
    """Posts the content. Never raises for what the network or the other side does."""
    return asyncio.run(_call(target, content, headers, seconds_max))


async def _call(target: Target, content: bytes, headers: Mapping[str, str], seconds_max: float) -> Answer:
    status: int | None = None
    try:
        # The limits below are per read; only this one also ends an answer that comes byte by byte.
        async with asyncio.timeout(seconds_max):
            async with client() as calls:
                request = calls.build_request(
                    "POST", target.url, content=content, headers={**headers, "Host": target.authority},
                    # The certificate must be for the name, though the call goes to the address.
                    extensions={"sni_hostname": target.host},
                )  # fmt: skip
                response = await calls.send(request, stream=True)
                status = response.status_code
                await _drain(response)
    except TimeoutError:
        return _judged(status, f"no answer within {seconds_max:g} s")
    except httpx.HTTPError as error:
        return _judged(status, type(error).__name__)
    except (OSError, ValueError) as error:
        return _judged(status, type(error).__name__)
    return _judged(status, "")


def _judged(status: int | None, trouble: str) -> Answer:
    """The status line is the other side's answer: once it said yes, trouble with the rest must not repeat the call."""
    if status is None:
        return Answer(None, trouble or "no answer")
    if 200 <= status < 300:
        return Answer(status, "")
    return Answer(status, "redirects are not followed" if 300 <= status < 400 else f"answered {status}")


async def _drain(response: httpx.Response) -> None:
    """Reads what a polite server says, so that it does not see a broken connection; stops at the limit."""
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size >= ANSWER_BYTES_MAX:
            return


def client() -> httpx.AsyncClient:
    # `trust_env=False`: a proxy named in the environment would resolve the name again, past the guard.
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        verify=_authorities(),
        timeout=httpx.Timeout(SILENCE_SECONDS_MAX, connect=CONNECT_SECONDS_MAX),
        limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
    )


def _authorities() -> ssl.SSLContext:
    """The machine's own certificate authorities, which an operator can add to, and the usual public ones."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context
