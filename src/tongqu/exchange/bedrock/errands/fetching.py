"""One document read from the outside: from the judged address only, no redirect, no proxy, bounded in time and size."""

from __future__ import annotations

import asyncio

import httpx
from django.conf import settings

from tongqu.exchange.bedrock.errands.addresses import Target, UnknownHost, guard
from tongqu.exchange.bedrock.errands.calling import WHOLE_SECONDS_MAX, client
from tongqu.exchange.bedrock.values import Words


class Unreachable(LookupError):
    """The other side did not give the document. Trying later may help; `words` say what came instead."""

    code = "unreachable"
    mend = Words("稍后会再试；也可与对方核实地址。", "It is tried again later; check the address with the other side.")

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def fetch(url: str, *, bytes_max: int, accept: str, seconds_max: float = WHOLE_SECONDS_MAX) -> bytes:
    """The document's bytes. Raises Unreachable, and Forbidden for an address that is never called."""
    try:
        target = guard(url, allow=settings.ERRAND_ALLOW)
    except UnknownHost as error:
        raise Unreachable(error.words) from error
    return asyncio.run(_fetch(target, bytes_max, accept, seconds_max))


async def _fetch(target: Target, bytes_max: int, accept: str, seconds_max: float) -> bytes:
    try:
        # The client's own limits are per read; only this one also ends an answer that comes byte by byte.
        async with asyncio.timeout(seconds_max):
            async with client() as calls:
                request = calls.build_request(
                    "GET", target.url,
                    headers={"Accept": accept, "Accept-Encoding": "identity", "Host": target.authority},
                    # The certificate must be for the name, though the call goes to the address.
                    extensions={"sni_hostname": target.host},
                )  # fmt: skip
                response = await calls.send(request, stream=True)
                if response.status_code != 200:
                    raise Unreachable(
                        Words(f"对方答复 {response.status_code}", f"The other side answered {response.status_code}")
                    )
                return await _read(response, bytes_max)
    except TimeoutError as error:
        raise Unreachable(Words(f"{seconds_max:g} 秒内没有答复", f"No answer within {seconds_max:g} s")) from error
    except (httpx.HTTPError, OSError, ValueError) as error:
        name = type(error).__name__
        raise Unreachable(Words(f"无法连接（{name}）", f"It cannot be reached ({name})")) from error


async def _read(response: httpx.Response, bytes_max: int) -> bytes:
    found = bytearray()
    async for chunk in response.aiter_raw():
        found += chunk
        if len(found) > bytes_max:
            raise Unreachable(Words("答复过大", "The answer is too large"))
    return bytes(found)
