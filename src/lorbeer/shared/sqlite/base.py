"""SQLite as Django speaks to it, with a queue before its one writer.

Who waits for SQLite's own lock looks again after a while, at last every tenth of a second, and whoever looks at the right moment
gets it: in the last hour before a deadline some wait for seconds. Threads of one process wait here instead, in a queue that wakes the next
one at once; processes still meet at SQLite's lock.
"""

import threading
from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_gates: "defaultdict[str, threading.Lock]" = defaultdict(threading.Lock)


class DatabaseWrapper(base.DatabaseWrapper):
    _gate: "threading.Lock | None" = None                               # held while a transaction runs

    def _start_transaction_under_autocommit(self) -> None:
        gate = _gates[str(self.settings_dict["NAME"])]
        if not gate.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5)):
            raise OperationalError("database is locked")
        self._gate = gate
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._let_the_next_in()
            raise

    def _let_the_next_in(self) -> None:
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.release()

    def _commit(self) -> Any:
        committed = super()._commit()
        self._let_the_next_in()
        return committed

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._let_the_next_in()

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._let_the_next_in()
