"""Founds the exchange: its operator as the first member, and that operator's first administrator."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import Shut
from tongqu.exchange.members.parties import founding

PASSWORD = "TONGQU_FIRST_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """Run once. The password comes from the environment or the terminal, never from the command line."""

    help = "设立交易场所：运营单位和第一位管理员，只能一次。Found the exchange: operator and administrator, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in (
            "username", "full-name", "name", "short-name", "credit-code", "region", "address", "legal-representative",
            "contact-phone",
        ):  # fmt: skip
            parser.add_argument(f"--{name}", required=True)
        parser.add_argument("--kind", default="state_owned")
        parser.add_argument("--roles", nargs="*", default=list(founding.FOUNDING_ROLES))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                administrator = _administrator(options["username"], options["full_name"])
                outcome = founding.found_exchange(
                    administrator=administrator.pk, at=timezone.now(), roles=tuple(options["roles"]),
                    contact_name=options["full_name"],
                    **{
                        name: options[name]
                        for name in (
                            "name", "short_name", "credit_code", "region", "address", "legal_representative",
                            "contact_phone", "kind",
                        )
                    },
                )  # fmt: skip
        except (Shut, BadInput) as shut:
            raise CommandError(f"{shut.words.zh} {shut.mend.zh}\n{shut.words.en} {shut.mend.en}") from shut
        self.stdout.write(
            f"已设立，单位编号 {outcome.subject}。Founded; the operator is organisation {outcome.subject}."
        )


def _administrator(username: str, full_name: str) -> Any:
    """The person who signs in under that name; made if there is none."""
    Person = get_user_model()  # noqa: N806 - a class
    known = Person.objects.filter(username=username).first()
    if known is not None:
        return known
    password = os.environ.get(PASSWORD) or getpass("密码 / password: ")
    person = Person(username=username, full_name=full_name)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    person.set_password(password)
    person.save()
    return person
