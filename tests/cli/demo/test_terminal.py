"""The terminal's output: colours on a terminal, plain text elsewhere."""

import io

import pytest

from bot.cli.demo.terminal import Terminal


class FakeTerminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """True."""
        return True


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 60 columns that knows colours."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def played(out: io.StringIO) -> str:
    """The output of a short scene."""
    written = Terminal(out)
    written.title("A title")
    written.note("note " * 20)
    written.says("Alice", "It is **Ada**, " + "of course " * 10 + "\n\nand an end")
    written.fact("/a/path")
    return out.getvalue()


def test_it_is_plain_in_a_file() -> None:
    """Output to a file has no escape codes and no marks, and lines of at most 60 characters."""
    text = played(io.StringIO())
    assert "\x1b" not in text
    assert "*" not in text
    assert max(len(line) for line in text.splitlines()) <= 60
    assert "  Alice   It is Ada, of course" in text
    assert text.endswith("          and an end\n/a/path\n")


def test_it_has_colours_on_a_terminal() -> None:
    """Output to a terminal shows titles and emphasis in bold."""
    text = played(FakeTerminal())
    assert "\x1b[1mA title\x1b[0m" in text
    assert "\x1b[1mAda\x1b[0m" in text


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_declined(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """`NO_COLOR` and `TERM=dumb` turn colours off."""
    monkeypatch.setenv(name, value)
    assert "\x1b" not in played(FakeTerminal())


def test_what_a_code_page_lacks_is_replaced() -> None:
    """A character that the terminal's encoding lacks is replaced by a question mark."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Terminal(out).says("Alice", "“Ada”")
    assert raw.getvalue() == b"  Alice   ?Ada?\n"
    out.detach()
