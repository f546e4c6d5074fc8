"""The tests measure the packages that the report asks for."""

import tomllib
from pathlib import Path

from tests.measuring import PACKAGES, TESTS

ROOT = Path(__file__).parents[1]


def test_the_report_asks_for_the_packages_that_are_traced() -> None:
    """`poe test` fails below full coverage of exactly the packages that its tests trace."""
    tasks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["poe"]["tasks"]
    report = tasks["report-packages"]["cmd"]
    assert "--fail-under=100" in report
    assert report.partition("--include=")[2].split(",") == [f"{one.replace('.', '/')}/*" for one in sorted(PACKAGES)]


def test_the_tests_that_are_traced_exist() -> None:
    """Each folder and file of tests that stand for the packages exists."""
    assert all((ROOT / one).exists() for one in TESTS)
