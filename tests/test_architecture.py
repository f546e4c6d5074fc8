"""ARCHITECTURE.md and the code agree."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_path_on_the_map_exists() -> None:
    """Each file and folder that the map names is there."""
    paths = re.findall(r"`((?:bot|tests)/[\w./]*|[\w.]+\.(?:toml|md))`", MAP)
    assert len(paths) > 40
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_name_on_the_map_is_in_the_code() -> None:
    """Each table and each name in code style on the map stands somewhere in the code."""
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*") if path.suffix in {".py", ".sql"}
    )
    names = set(re.findall(r"`(\w+)`", MAP)) - {"bot"}
    assert len(names) > 15
    assert [name for name in names if not re.search(rf"\b{name}\b", sources)] == []


def test_every_package_of_the_bot_is_on_the_map() -> None:
    """No package or module directly under `bot` is missing on the map."""
    tops = {path.relative_to(ROOT / "bot").parts[0] for path in (ROOT / "bot").rglob("*.py")} - {
        "__init__.py",
        "__main__.py",
    }
    assert [top for top in tops if f"bot/{top}" not in MAP] == []


def test_the_map_is_short() -> None:
    """The map has at most 150 lines."""
    assert len(MAP.splitlines()) <= 150


def test_every_ignore_says_why() -> None:
    """Each line that silences ruff or pyright ends with the reason."""
    silences = re.compile(r"# (?:ruff: |)noqa|# (?:pyright|type): ?ignore")
    lines = (
        (path.relative_to(ROOT), number, line)
        for folder in ("bot", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    )
    found = [(path, number, line) for path, number, line in lines if silences.search(line)]
    assert len(found) > 100
    assert [(str(path), number) for path, number, line in found if not re.search(r" --? \S", line)] == []
