"""What every test may use: a real browser, axe-core, signed-in pages; the tests of all apps see this file.

Start them with `./lorbeer test`: it sets the variables below, starts a private PostgreSQL and runs both engines.
"""

import gc
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.utils import translation

from lorbeer.shared.tests import built_once, databases

AXE = Path(__file__).parent / "tests" / "vendor" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings
    from django.utils.translation.reloader import translation_file_changed

    from lorbeer.shared.catalogues import compile_catalogues

    if not settings.TESTING:
        raise pytest.UsageError("Start the tests with `./lorbeer test`, or set LORBEER_TESTING=yes.")
    gc.set_threshold(50_000, 20, 50)
    os.fsync = lambda _descriptor: None                                 # no test takes the power away
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]      # signing in costs nothing here
    compile_catalogues()
    # Django has been set up before us and may have read catalogues that were not there yet: let it read them again.
    translation_file_changed(None, Path("django.mo"))
    empty_tables_quickly()
    migrate_quickly()
    # The verdict on a change hangs on the change alone; `--hypothesis-profile search` looks for examples that nobody has seen.
    hypothesis.settings.register_profile("search", hypothesis.settings(deadline=None))
    hypothesis.settings.register_profile("suite", hypothesis.settings(derandomize=True, database=None, deadline=None))
    if not config.getoption("hypothesis_profile", None):
        hypothesis.settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """What is there now stays: looking through it for rubbish again and again takes a twelfth of the time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()                                                       # else libraries take what stays for a leak, and say so


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for the browser is a browser test, marked or not; who asks for no database learns nothing from a second one."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if {"page", "browser", "new_page"} & asked:
            item.add_marker("browser")
        elif not item.get_closest_marker("django_db") and not {"db", "transactional_db", "django_db_setup"} & asked:
            item.add_marker("once")


def asks_for_rows(item: pytest.Item) -> bool:
    """Whether the test stands in one transaction, which is undone."""
    asked, mark = set(getattr(item, "fixturenames", ())), item.get_closest_marker("django_db")
    if {"transactional_db", "live_server", "django_db_reset_sequences"} & asked or (mark and (mark.args or mark.kwargs)):
        return False
    return mark is not None or "db" in asked


def leads_factories(item: pytest.Item) -> bool:
    """Whether the test, or a fixture of ours that it uses, changes what factories do by other means than their arguments."""
    info = item._fixtureinfo                                            # type: ignore[attr-defined]
    asked = set(info.argnames).union(*(found[-1].argnames for name, found in info.name2fixturedefs.items()
                                       if found[-1].func.__module__.split(".")[0] != "pytest_django"))
    return bool(built_once.LED & asked)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell tools/run_tests.py how many tests ended how."""
    report = os.environ.get("LORBEER_TEST_REPORT")
    if report:
        counts = {word: len(ended) for word, ended in terminalreporter.stats.items() if word}
        counts["warning"] = counts.pop("warnings", 0)
        Path(report).write_text(json.dumps(counts))


def empty_tables_quickly() -> None:
    """Tests with real transactions end with `flush`: in one transaction, past the triggers that refuse it, and without
    the tables of models and their permissions, which it would make anew and of which no test changes a row.
    """
    from django.core.management.commands import flush
    from django.db import connections, transaction

    from lorbeer.shared import triggers

    kept = {"django_content_type", "auth_permission"}

    def handle(self: flush.Command, **options: Any) -> None:
        connection = connections[options["database"]]
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                made = cursor.fetchall()
                aside = [f'DROP TRIGGER "{name}"' for name, _sql in made]
                back = [sql for _name, sql in made]
            else:
                cursor.execute("SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
                made = cursor.fetchall()
                mode = {"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}
                aside = [f'ALTER TABLE {table} DISABLE TRIGGER "{name}"' for table, name, _enabled in made]
                back = [f'ALTER TABLE {table} {mode.get(enabled, "ENABLE")} TRIGGER "{name}"' for table, name, enabled in made]
            tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - kept
            for statement in (*aside, *(f'DELETE FROM "{table}"' for table in sorted(tables))):      # noqa: S608 (our own names)
                cursor.execute(statement)
            connection.check_constraints()                              # else PostgreSQL refuses to alter tables now
            for statement in back:
                cursor.execute(statement)
            if triggers.missing(connection.alias):                      # the test has taken some away
                triggers.create(connection.alias)

    flush.Command.handle = handle


def migrate_quickly() -> None:
    """The tables come from the migrations, as everywhere; but for each of them Django would make the classes of all that it
    leads to anew, thirty times as many as there are. They are the same without; what runs Python asks for all of them again.
    """
    from django.db.migrations.state import ModelState, ProjectState

    def add_model(self: ProjectState, model: ModelState) -> None:
        key = model.app_label, model.name_lower
        self.models[key] = model
        if self._relations is not None:
            self.resolve_model_relations(key)
        if "apps" in self.__dict__:
            self.is_delayed = True
            self.apps.render_multiple([model])

    ProjectState.add_model = add_model


@pytest.fixture(autouse=True)
def _language_of_the_house() -> Iterator[None]:
    """Pages leave the language active in which they spoke; the next test begins in German again."""
    yield
    translation.deactivate()


# All tables and no rows, to be copied for programs that run by themselves and would take seconds to make them.
empty_database = databases.scene("empty", list)


@pytest.fixture(scope="session", autouse=True)
def _empty_before_any_test(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    if any(asks_for_rows(item) for item in request.session.items):
        request.getfixturevalue("empty_database")
    yield
    with django_db_blocker.unblock():
        built_once.forget()


@pytest.fixture(autouse=True)
def _beginnings_are_built_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test begins with is built once; see shared/tests/built_once.py."""
    if not asks_for_rows(request.node) or leads_factories(request.node):
        yield
        return
    request.getfixturevalue("db")
    with built_once.beginning(request.getfixturevalue("empty_database")[0]):
        yield


@pytest.fixture
def bare_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Error pages say what they have to say and nothing else: for tests that meet them by the thousand and look at what is told."""
    from django.http import HttpRequest, HttpResponse

    from lorbeer.shared import error_pages

    def bare(_request: HttpRequest, _name: str, status: int, /, **facts: Any) -> HttpResponse:
        response = HttpResponse("\n".join(str(fact) for fact in facts.values()), status=status)
        response.is_lorbeer_page = True                                 # type: ignore[attr-defined]
        return response

    monkeypatch.setattr(error_pages, "answer", bare)


# --- the browser ------------------------------------------------------------------------------------------------------


PATIENCE = 30_000                                                       # ms: a busy machine is no fault of the page


def slow_down(page: Any) -> None:
    """A page over a slow line on a slow device: LORBEER_SLOW_LINE=yes finds the tests that look before anything has come.

    A test that cuts the line itself cannot do so over this one.
    """
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions",
              {"offline": False, "latency": 100, "downloadThroughput": 100_000, "uploadThroughput": 100_000})
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium: the one of LORBEER_CHROMIUM, of the system, or Playwright's own."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    # Playwright keeps an event loop in this thread; Django would refuse the database because of it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("LORBEER_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--in-process-gpu"]
        )
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_page(browser: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """`new_page(person=None, width=1440, **context)`: a page of its own browser session, signed in as `person`.

    Addresses are relative to the live server. At the end the test fails where a script failed or the content
    security policy refused something on any of its pages.
    """
    from django.conf import settings
    from django.test import Client

    contexts: list[Any] = []
    faults: list[str] = []

    def heard(message: Any) -> None:
        # An address that answers 403 or 404 is reported like a fault, but many tests ask for one on purpose.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"{message.text} ({message.location.get('url', '')})")

    def make(person: Any = None, *, width: int = 1440, height: int = 900, **options: Any) -> Any:
        facts = {"locale": "de-DE", "timezone_id": "Europe/Berlin", "base_url": live_server.url} | options
        context = browser.new_context(viewport={"width": width, "height": height}, **facts)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if person is not None:
            client = Client()
            client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(str(error)))
        if os.environ.get("LORBEER_SLOW_LINE"):
            slow_down(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not faults, "The browser complained:\n" + "\n".join(faults)


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A page of 1440 by 900, signed out."""
    return new_page()


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """`axe(page)`: what breaks WCAG 2.2 A or AA on the page, one sentence per fault; [] when there is nothing.

    `within`: an element or a list of them. `rules`: these alone. `without`: rules to leave out.
    """
    script = AXE.read_text()

    def check(page: Any, within: Any = "html", *, rules: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
        if page.evaluate("() => !window.axe"):                          # else the page's context has brought it along
            page.evaluate(script)
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
        options = {"runOnly": only, "rules": {rule: {"enabled": False} for rule in without},
                   "resultTypes": ["violations"], "preload": False, "iframes": False}
        found = page.evaluate(
            "async ([within, options]) => (await axe.run(within, options)).violations.flatMap(fault => fault.nodes.map(node =>"
            " `${fault.id}: ${fault.help}: ${node.target.join(' ')} ${node.html.slice(0, 200)}"
            " ${[...node.any, ...node.all].map(one => one.message).join(' ')}`))",
            [within, options],
        )
        return [f"{page.url}: {fault}" for fault in found]

    check.script = script                                               # type: ignore[attr-defined]
    return check


@pytest.fixture(scope="session")
def barriers(axe: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """`barriers(page, address)`: what axe-core finds there at a desk, and whether the page is wider than a telephone.

    Colours, which take axe longest, are those of the kit: tests/test_accessibility.py looks at them.
    """
    def look(page: Any, address: str) -> list[str]:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(address)
        faults = axe(page, without=["color-contrast"])
        page.set_viewport_size({"width": 360, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        return [*faults, *([f"{address}: {wide} px wide at 360 px"] if wide > 360 else [])]

    return look


@pytest.fixture(autouse=True)
def nothing_kept_by_another_test() -> None:
    """What the jury's board and the log's page keep for a moment belongs to rows that have been rolled back."""
    from django.core.cache import cache

    from lorbeer.follow_up.audit import CACHE_KEY
    from lorbeer.jury import board

    board.forget()
    cache.delete(CACHE_KEY)
