"""`lorbeer operator make`: the first person of an installation, who brings in competitions and forms their teams."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lorbeer.people.models import Person
from lorbeer.people.services import make_operator


class Command(BaseCommand):
    help = (
        "Make somebody an operator, who imports competitions and invites their offices. Asks for a password where there is no"
        " account yet (or reads it from standard input). Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="first and last name of a new account")

    def handle(self, *, email: str, name: str, **options: Any) -> None:
        password = "" if Person.objects.filter(email__iexact=email.strip()).exists() else self.asked_password()
        person = make_operator(email, name=name, password=password)
        self.stdout.write(f"{person.email} is an operator. Sign in, then import a competition under /operator/packages/.")

    def asked_password(self) -> str:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        password = getpass("Password (12 characters or more): ")
        if getpass("Once more: ") != password:
            raise CommandError("The two passwords differ. Nothing was changed; please try again.")
        return password
