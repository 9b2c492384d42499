from collections.abc import Iterator
from itertools import count

import pytest

from lorbeer.intake.tests import mailserver

_numbers = count(1)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[mailserver.Server]:
    with mailserver.dovecot() as server:
        yield server


@pytest.fixture
def account(dovecot, settings, tmp_path) -> mailserver.Account:
    """An empty mailbox on a real server, which the settings name."""
    account = mailserver.Account(dovecot, f"buero{next(_numbers)}")
    secret = tmp_path / "imap-password"
    secret.write_text(mailserver.PASSWORD + "\n", "utf-8")
    settings.IMAP_ACCOUNT, settings.IMAP_PASSWORD_FILE = account.url, str(secret)
    return account
