"""Make an environment from a lock with nothing but Python's standard library: `bootstrap.py KIND DIRECTORY STAMP`.

Order: our own uv in .lorbeer/uv-VERSION; else installed there by the system's pip; else by the pip wheel beside this
file, run as a zip (neither ensurepip nor venv nor pip need be present). Everything is made in a temporary folder and
renamed, so an interruption leaves nothing half done; a file lock lets simultaneous first starts wait for one another.
Where uv cannot reach the packages, pip tries, because it may know a mirror that uv does not.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
HOME = PROJECT / ".lorbeer"
PIP_WHEEL = next((PROJECT / "tools").glob("pip-*.whl"), None)
PIP_OPTIONS = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary", ":all:"]
CERTIFICATES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def fresh(path: Path) -> Path:
    """`path` with nothing there."""
    shutil.rmtree(path, ignore_errors=True)
    return path


def pips() -> list[list[str]]:
    """The ways to run pip, in the order to try them."""
    system = [sys.executable, "-m", "pip"]
    ways = [system] if subprocess.run([*system, "--version"], capture_output=True).returncode == 0 else []
    return [*ways, [sys.executable, str(PIP_WHEEL / "pip")]] if PIP_WHEEL else ways


def uv() -> Path:
    """Our own uv, installed where it is missing."""
    lock = PROJECT / "requirements" / "uv.lock"
    version = re.search(r"^uv==(\S+)", lock.read_text(), re.MULTILINE).group(1)
    place = HOME / f"uv-{version}"
    program = place / "bin" / "uv"
    if program.exists():
        return program
    failures = []
    for pip in pips():
        new = fresh(HOME / f"uv-{version}.new")
        done = subprocess.run(
            [*pip, "install", *PIP_OPTIONS, "--root-user-action=ignore", "--target", str(new),
             "--require-hashes", "--requirement", str(lock)],
            capture_output=True, text=True,
        )
        if done.returncode == 0:
            new.rename(fresh(place))
            return program
        failures.append(done.stderr.strip())
    raise SystemExit("uv, which installs the packages, could not be fetched:\n" + "\n".join(failures[-1:])
                     + "\nCheck the connection to the network (and pip's settings, where you use a mirror), then start again.")


def make(kind: str, place: Path, stamp: str) -> None:
    """The environment of `requirements/KIND.lock` at `place`, with Lorbeer's source on its path."""
    lock = PROJECT / "requirements" / f"{kind}.lock"
    program = str(uv())
    settings = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    if any(Path(path).exists() for path in CERTIFICATES):
        settings.setdefault("UV_SYSTEM_CERTS", "1")         # networks with a certificate authority of their own
    new = fresh(place.with_name(place.name + ".new"))
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    # The interpreter's real name: when the system moves on to another version, the environment is made anew.
    subprocess.run([program, "venv", "--quiet", "--relocatable", "--python", os.path.realpath(sys.executable), str(new)],
                   check=True, env=settings)
    python = str(new / "bin" / "python")
    done = subprocess.run([program, "pip", "sync", *quiet, "--only-binary", ":all:", "--require-hashes",
                           "--python", python, str(lock)], env=settings)
    if done.returncode != 0 and PIP_WHEEL:
        say("uv could not install the packages; trying pip.")
        done = subprocess.run([sys.executable, str(PIP_WHEEL / "pip"), "--python", python, "install", *PIP_OPTIONS,
                               "--root-user-action=ignore", "--require-hashes", "--requirement", str(lock)])
    if done.returncode != 0:
        raise SystemExit("The packages could not be installed; the lines above say why. "
                         "Nothing was changed: start again when that is mended.")
    packages = next(new.glob("lib/python3*/site-packages"))
    # Relative to the packages, so that the whole folder can be moved.
    (packages / "lorbeer.pth").write_text(os.path.relpath(PROJECT / "src", place / packages.relative_to(new)) + "\n")
    (new / "stamp").write_text(stamp + "\n")
    old = place.with_name(place.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def main(kind: str, directory: str, stamp: str) -> None:
    place = Path(directory)
    try:
        HOME.mkdir(exist_ok=True)
        with (HOME / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another start is installing; waiting for it.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            ready = place / "stamp"
            if ready.exists() and ready.read_text().strip() == stamp and (place / "bin" / "python").exists():
                return
            say(f"Installing the {kind} packages into {place.relative_to(PROJECT)} (once; about half a gigabyte) …")
            make(kind, place, stamp)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except PermissionError as error:
        raise SystemExit(f"{error.filename} cannot be written: install as the user to whom this folder belongs.") from None
    except OSError as error:
        raise SystemExit(f"The installation stopped: {error.strerror} ({error.filename}).") from None


if __name__ == "__main__":
    main(*sys.argv[1:])
