"""Keeps what is printed or logged on its own line: names come from Discord, from servers and from files."""

import logging


def one_line(text: str) -> str:
    r"""Return a text with line breaks, control and other invisible characters as escapes, such as `\n` and `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


class LineFormatter(logging.Formatter):
    """A formatter that keeps each message on one line. A traceback behind it stays as it is."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's own name
        """Format the record's line without its traceback."""
        return one_line(super().formatMessage(record))
