"""The moments in questions as models are sent them, which tests mostly leave aside."""

import re

_IN_A_TAG = re.compile(r"(\(#[a-z2-7]{4}), (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d [^ ()]+\)")
_ALONE = re.compile(r"\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d [^ \]]+\] ")


def untimed(text: str) -> str:
    """Return a text without the moments in its tags, and without the one at its beginning."""
    return _ALONE.sub("", _IN_A_TAG.sub(r"\1)", text), count=1)
