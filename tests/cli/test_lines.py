"""Lines that are printed and logged."""

import logging

import pytest

from bot.cli.lines import LineFormatter, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Home of Ada", "Home of Ada"),
        ("Größe 🏠 家", "Größe 🏠 家"),
        ("a\nb\r\nc", "a\\nb\\r\\nc"),
        ("\x1b[2J\x07\x00\x7f\x9b", "\\x1b[2J\\x07\\x00\\x7f\\x9b"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\\u2028b\\u2029c\\x85d\\x0be\\x0cf"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_a_text_stays_on_its_line(text: str, line: str) -> None:
    """Characters that break a line, move the cursor or turn the direction of writing are shown as escapes."""
    assert one_line(text) == line
    assert len(line.splitlines()) == 1


def test_a_message_of_the_log_is_one_line_and_a_traceback_follows() -> None:
    """A record's arguments cannot begin a line of the log; a traceback keeps its lines."""
    formatter = LineFormatter("%(levelname)s %(message)s")
    record = logging.LogRecord("x", logging.INFO, "", 0, "in %s", ("Home\nINFO forged",), None)
    assert formatter.format(record) == "INFO in Home\\nINFO forged"
    record.exc_text = "Traceback:\n  here"
    assert formatter.format(record) == "INFO in Home\\nINFO forged\nTraceback:\n  here"
