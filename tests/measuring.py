"""Coverage of the packages in which tests run every line and branch: `COVERAGE_OF=packages pytest`.

Python calls the tracer in every file, so that a traced test takes up to twice its time. So only tests that stand for these
packages are traced. `coverage run -m pytest` traces all of `bot` instead. Neither traces properties, nor what is marked
`unmeasured`: plain tests run the same lines.
"""

import os
import pkgutil
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, Protocol, runtime_checkable

import coverage
import pytest

PACKAGES: Final = ("bot.chat", "bot.config", "bot.export", "bot.reply.split")
"""The packages; the report of `poe test` (pyproject.toml) names the same."""

TESTS: Final = ("tests/chat/", "tests/config/", "tests/export/", "tests/reply/", "tests/e2e/test_transcription.py")
"""The tests that stand for them, as the beginnings of the ids of tests."""


@runtime_checkable
class _Cache(Protocol):
    """A function of `functools.cache`."""

    def cache_clear(self) -> None: ...


class Measuring:
    """Traces the tests for which `wanted` returns true, and nothing else.

    Caches that untraced tests may have filled are emptied before others are traced: what is in a cache is not run again.
    """

    def __init__(
        self, measuring: coverage.Coverage, wanted: Callable[[str], bool], caches: Sequence[_Cache] = ()
    ) -> None:
        self._coverage = measuring
        self._wanted = wanted
        self._caches = caches
        self._tracing = True

    def pause(self) -> None:
        """Trace nothing until a test that is to be traced."""
        self._trace(on=False)

    def before(self, item: pytest.Item) -> None:
        """Trace a test or leave it untraced."""
        slow = item.get_closest_marker("unmeasured") or item.get_closest_marker("hypothesis")
        self._trace(on=slow is None and self._wanted(item.nodeid))

    def end(self) -> None:
        """Trace no more and save what was found."""
        self.pause()
        self._coverage.save()

    def _trace(self, *, on: bool) -> None:
        if on is self._tracing:
            return
        self._tracing = on
        if not on:
            self._coverage.stop()
            return
        for cache in self._caches:
            cache.cache_clear()
        self._coverage.start()


def begun() -> Measuring | None:
    """Return what measures this run, None for nothing. To be called before anything imports the packages."""
    everything = coverage.Coverage.current()
    if everything is not None:
        return Measuring(everything, lambda _: True)
    return _packages_measured() if os.environ.get("COVERAGE_OF") == "packages" else None


def _packages_measured() -> Measuring:
    """Import the packages traced, since a module's lines run only once; then trace the tests that stand for them."""
    measuring = coverage.Coverage(
        data_suffix=True, config_file=False, branch=True, source=[package.replace(".", "/") for package in PACKAGES]
    )
    measuring.set_option("run:disable_warnings", ["already-imported"])  # it is said each time that tracing begins again
    measuring.start()
    caches: list[_Cache] = []
    for package in PACKAGES:
        for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            module = import_module(found.name)
            caches += [value for value in vars(module).values() if isinstance(value, _Cache)]
    packages = Measuring(measuring, lambda test: test.startswith(TESTS), caches)
    packages.pause()
    return packages
