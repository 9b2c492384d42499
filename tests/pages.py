"""What the house answers to the people of tests/world.py. Each place is asked for once per person, and all tests that only
read share the answer; they read English, because one of them looks for German there."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.world import Address, Provider, World, addresses


def signed_in(world: World, who: str) -> Client:
    client = Client(raise_request_exception=False)
    if person := world.person(who):
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def places(world: World, most: int) -> Iterator[tuple[Address, str]]:
    """Every address of A with a few of A's objects. What allauth brings holds nothing of a competition."""
    provider = Provider(world.home)
    for address in addresses():
        if not address.name.startswith(("account_", "mfa_")) and address.name:
            for row in provider.rows(address, most):
                yield address, reverse(address.name, kwargs=row)


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept: `kind` is its content type, `location` where it sends on to."""

    status: int
    kind: str
    location: str
    content: bytes

    @classmethod
    def of(cls, response: Any) -> "Answer":
        return cls(response.status_code, response.headers.get("Content-Type", ""), response.headers.get("Location", ""), response.getvalue())

    @property
    def is_page(self) -> bool:
        return self.status == 200 and "text/html" in self.kind

    @cached_property
    def text(self) -> str:
        """All that can be read in it: of workbooks and archives the files in them, of PDFs the text and what is filled in."""
        content = self.content
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"\n".join(archive.read(name) for name in archive.namelist())
        elif content[:5] == b"%PDF-":
            from pypdf import PdfReader
            from pypdf.errors import PdfReadError

            try:
                reader = PdfReader(io.BytesIO(content))
                fields = [str(field.get("/V", "")) for field in (reader.get_fields() or {}).values()]
                return "\n".join([*(page.extract_text() for page in reader.pages), *fields])
            except PdfReadError:
                return content.decode("latin-1")
        return content.decode("utf-8", "replace")


class Pages:
    """The answers to GET in the world as it stands; `kept` outlives the test, the clients and what they write do not."""

    def __init__(self, world: World, kept: dict[tuple[str, str], Answer]) -> None:
        self.world, self.kept = world, kept
        self.clients: dict[str, Client] = {}

    def client(self, who: str) -> Client:
        """Somebody's browser, signed in and reading English."""
        if who not in self.clients:
            client = self.clients[who] = signed_in(self.world, who)
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
            client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
            if person := self.world.person(who):
                person.choose_language("en")
        return self.clients[who]

    def get(self, who: str, place: str) -> Answer:
        if (who, place) not in self.kept:
            self.kept[who, place] = Answer.of(self.client(who).get(place))
        return self.kept[who, place]
