"""Shapes of text that may cost more time to cut than prose does: each is repeated as often as a test needs it."""

from collections.abc import Mapping
from typing import Final

SHAPES: Final[Mapping[str, str]] = {
    "prose": "Some words of prose, and more of them. ",
    "one line": "x",
    "fences": "```py\nx = 1\n```\n",
    "quotes": "> quoted\n",
    "empty quotes": "> \n",
    "new lines": "a\n\n\n\n",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "joined emoji": "\U0001f468\u200d",
    "accents": "\u0301",
    "rows": "| a | b |\n|---|---|\n" + "| one | two |\n" * 50,
    "short rows": "a | b\n-|-\n" + "1|2\n" * 50,
    "wide rows": f"|{'h|' * 150}\n|{'-|' * 150}\n" + f"|{'x|' * 150}\n" * 9,
    "items": "- a\n  - b\n",
    "headings": "# h\n",
    "invisible": "\u200b",
    "white space": " \n",
    "marks": "**a _b ||c ",
    "underlines": "_a ",
    "links": "[a](https://b.example/c) ",
    "half links": "[a](",
    "half addresses": "[a](https://",
    "backticks": "`a ``b ```c ",
    "all at once": "`[<*_|~\\",
}
