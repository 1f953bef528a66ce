"""Break-glass: a mandate as administrator for an organisation that has nobody left to grant one."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import Shut
from tongqu.exchange.members.parties import founding


class Command(BaseCommand):
    """The fact in the log carries the reason; the mandate lasts a year at most unless it is granted anew."""

    help = "为没有管理员的单位任命管理员（应急，留痕）。Appoint an administrator where there is none (on record)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", type=int, required=True)
        parser.add_argument("--person", type=int, required=True)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = founding.appoint_administrator(
                organisation=options["organisation"], person=options["person"], at=timezone.now(),
                days=min(options["days"], 365), reason=options["reason"],
            )  # fmt: skip
        except (Shut, BadInput) as shut:
            raise CommandError(f"{shut.words.zh} {shut.mend.zh}\n{shut.words.en} {shut.mend.en}") from shut
        self.stdout.write(f"授权 {outcome.subject} 已生效。Mandate {outcome.subject} is in force.")
