"""Sessions in the database, as Django keeps them; each request reads one, by a prepared statement."""

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from lorbeer.shared.prepared import prepared


@prepared
def _session(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        for session in _session(self.session_key or "", timezone.now()):
            return session
        self._session_key = None
        return None
