"""The keyed hash is HMAC-SHA-256 and nothing else."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from tongqu.wire.keyed import keyed_hash


@given(st.binary(max_size=200), st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_it_is_hmac_with_sha256_however_often_a_secret_is_used(secret: bytes, contents: list[bytes]) -> None:
    for content in contents:
        assert keyed_hash(secret, content) == hmac.digest(secret, content, "sha256")
