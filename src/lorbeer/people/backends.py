"""Signing in as allauth does it; who is signed in is looked up at every request, by a prepared statement."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from lorbeer.people.models import Person
from lorbeer.shared.prepared import prepared


@prepared
def _person(pk: int) -> QuerySet[Person]:
    return Person.objects.filter(pk=pk)


class AccountBackend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> Person | None:
        return next((person for person in _person(int(user_id)) if self.user_can_authenticate(person)), None)
