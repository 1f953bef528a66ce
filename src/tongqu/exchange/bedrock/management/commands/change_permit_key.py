"""Changes the key that permits, leases and replies to nodes are sealed with. Nodes follow by the old key's seal, by themselves."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tongqu.exchange.bedrock import keys


class Command(BaseCommand):
    """The house goes on meanwhile: the new key is used as soon as its file is there."""

    help = "更换许可签名密钥，节点自动跟随。Change the key that permits are sealed with; nodes follow by themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        before = keys.signer("permits").key_id
        after = keys.change("permits", at=timezone.now()).key_id
        self.stdout.write(f"✓ {before} → {after}")
