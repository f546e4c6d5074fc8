"""Fixtures that several folders of tests share."""

import gc
import os
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
import trustme
from hypothesis import HealthCheck, Phase, settings

from tests.chromium import NoChromiumError, chromium
from tests.measuring import begun
from tests.order import STORIES, shared_out
from tests.truth.watch import Documents, NoSpecsError, Watch, documents

settings.register_profile("default", deadline=None, print_blob=True)
# On CI the same examples are tried in every run, so that a change is judged by what it changes; `default` and `nightly` search.
settings.register_profile(
    "ci",
    deadline=None,
    print_blob=True,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("nightly", deadline=None, print_blob=True, max_examples=20_000, phases=list(Phase))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))

_COUNTS = pytest.StashKey[Counter[str]]()
_UNCHECKED = pytest.StashKey[bool]()
_MEASURING = begun()


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the count of what was checked, and let the collector rest: what is made during the collection stays.

    The process that only shares the tests out measures nothing.
    """
    config.stash[_COUNTS] = Counter()
    gc.disable()
    if _MEASURING is not None and config.getoption("dist", "no") != "no":
        _MEASURING.pause()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the tests the order in which several processes are done with them soonest; see `tests.order`."""
    processes = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if processes > 1:
        longest_first = sorted(items, key=lambda item: not _is_long(item))
        stories = [item for item in longest_first if item.nodeid.startswith(STORIES)]
        others = [item for item in longest_first if not item.nodeid.startswith(STORIES)]
        items[:] = shared_out(stories, others, processes)


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is not None or item.get_closest_marker("hypothesis") is not None


def pytest_collection_finish() -> None:
    """Wake the garbage collector, which need not look at the collected tests again and again."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Trace a test, or leave it untraced."""
    if _MEASURING is not None:
        _MEASURING.before(item)


@pytest.fixture(scope="session", autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """One certificate authority instead of the machine's: nothing here is asked outside, and each client reads them all anew."""
    path = tmp_path_factory.mktemp("authorities") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session")
def specs() -> Documents:
    """The official documents. Without them a test that asks for them skips, on CI it fails."""
    try:
        return documents()
    except NoSpecsError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def browser_address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a browser is driven that all tests share. Without Chromium a test that asks for it skips, on CI it fails."""
    try:
        with chromium(tmp_path_factory.mktemp("chromium")) as address:
            yield address
    except NoChromiumError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Generator[Watch, None, None]:
    """Witnesses for a sandbox. Whatever did not fit the official documents fails the test at its end."""
    try:
        found = request.getfixturevalue("specs")
    except pytest.skip.Exception:
        found = None
        request.config.stash[_UNCHECKED] = True
    watching = Watch(found, request.config.stash[_COUNTS])
    yield watching
    if watching.faults:
        pytest.fail("not as the official documents have it:\n" + "\n".join(watching.faults), pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what this process has counted to the one that prints it, where the tests are shared out among several."""
    if _MEASURING is not None:
        _MEASURING.end()
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["checks"] = dict(session.config.stash[_COUNTS])
        output["unchecked"] = session.config.stash.get(_UNCHECKED, False)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 -- a type of a plugin's that has no public name
    """Add what another process has counted."""
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    node.config.stash[_COUNTS].update(output.get("checks", {}))
    if output.get("unchecked"):
        node.config.stash[_UNCHECKED] = True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was held against the official documents, and how often."""
    if config.stash.get(_UNCHECKED, False):
        terminalreporter.section("nothing was held against the official documents: PARLEY_SPECS does not name them")
    counts = config.stash[_COUNTS]
    if not counts:
        return
    terminalreporter.section(f"{counts.total()} checks against the official documents")
    for what, count in sorted(counts.items()):
        terminalreporter.line(f"{count:7} {what}")
