"""A real Dovecot on free ports, for one session of tests; any user has a mailbox there. Its certificate is its own."""

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "gehéim:?"
CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/log
state_dir = {folder}/state
ssl = yes
auth_mechanisms = plain
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""

# What dovecot 2.4 names otherwise than those before it; it wants to be told first which of the two is spoken.
UNTIL_2_3 = """ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mails/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mails/%u
}}
"""
SINCE_2_4 = """dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl_server_cert_file = {folder}/certificate.pem
ssl_server_key_file = {folder}/key.pem
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mails/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mails/%{{user}}
  }}
}}
"""


@dataclass
class Server:
    port: int
    tls_port: int
    certificate: Path


class Account:
    """A mailbox that is empty to begin with, and what a mail server and an office do with it."""

    def __init__(self, server, user):
        self.server, self.user = server, user
        self.url = f"imap://{user}@127.0.0.1:{server.port}/INBOX"
        self.tls_url = f"imaps://{user}@localhost:{server.tls_port}/INBOX"

    @contextmanager
    def opened(self, folder="INBOX"):
        imap = imaplib.IMAP4("127.0.0.1", self.server.port)
        imap.authenticate("PLAIN", lambda _asked: f"\0{self.user}\0{PASSWORD}".encode())
        imap.select(f'"{folder}"')
        yield imap
        imap.logout()

    def deliver(self, *mails, at=None):
        with self.opened() as imap:
            for raw in mails:
                assert imap.append("INBOX", None, at and imaplib.Time2Internaldate(at), raw)[0] == "OK"

    def forget(self, uid):
        """Somebody takes a mail out of the mailbox."""
        with self.opened() as imap:
            imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
            imap.expunge()

    def uids(self, folder="INBOX"):
        with self.opened(folder) as imap:
            return imap.uid("SEARCH", "ALL")[1][0].decode().split()


@contextmanager
def dovecot():
    """The server; gone when the block ends."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    assert program, "dovecot-imapd is missing: ./lorbeer test installs it, or names it"
    folder = Path(tempfile.mkdtemp(prefix="lorbeer-imap-"))
    with ExitStack() as held:
        free = [held.enter_context(socket.socket()) for _port in range(2)]
        for one in free:
            one.bind(("127.0.0.1", 0))
        port, tls_port = (one.getsockname()[1] for one in free)
    names = {one.pw_name for one in pwd.getpwall()}
    own = pwd.getpwuid(os.geteuid())
    is_root = own.pw_uid == 0
    user = pwd.getpwnam("dovecot") if is_root and "dovecot" in names else own
    login = "dovenull" if is_root and "dovenull" in names else user.pw_name
    mails = folder / "mails"
    mails.mkdir()
    if is_root:
        folder.chmod(0o755)
        os.chown(mails, user.pw_uid, user.pw_gid)
    certificate = folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"),
                    "-out", str(certificate)], check=True, capture_output=True)
    written = folder / "dovecot.conf"
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    own_words = SINCE_2_4 if tuple(map(int, version.split()[0].split(".")[:2])) >= (2, 4) else UNTIL_2_3
    written.write_text((own_words + CONFIGURATION).format(
        folder=folder, port=port, tls_port=tls_port, password=PASSWORD, uid=user.pw_uid, gid=user.pw_gid, user=user.pw_name, login=login,
        group=grp.getgrgid(user.pw_gid).gr_name), "utf-8")
    process = subprocess.Popen([program, "-F", "-c", str(written)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _try in range(100):
            if process.poll() is not None:
                raise AssertionError(process.stderr.read().decode())
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield Server(port, tls_port, certificate)
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()
        shutil.rmtree(folder, ignore_errors=True)
