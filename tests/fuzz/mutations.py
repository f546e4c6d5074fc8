"""Changes of valid input, by a random generator: of bytes, and of JSON values."""

import copy
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, Final

ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    2**63,
    2**64 + 1,
    -(10**40),
    1.5,
    "",
    "0",
    "-1",
    "9" * 30,
    "text",
    "\ud800",
    "\0\n\x1b[31m\u202e",
    "x" * 5000,
    [],
    {},
    [None],
    [[[[[[]]]]]],
    {"id": "1"},
    [{"id": None}],
)
"""Values that no field expects, or hardly any."""
TOKENS: Final = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\r",
    b"\n\n",
    b"\xef\xbb\xbf",
    b'"',
    b"{",
    b"]",
    b"data:",
    b"9" * 40,
    b"\\u",
)


def bytes_of(random: Random, data: bytes, most: int = 4) -> bytes:
    """Return `data` with one to `most` changes."""
    changed = bytearray(data)
    for _ in range(random.randint(1, most)):
        at = random.randrange(len(changed) + 1)
        length = min(len(changed) - at, random.choice((1, 1, 2, 8, 64)))
        match random.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length] * random.choice((1, 2, 50))
            case 3:
                changed[at:at] = random.choice(TOKENS)
            case 4:
                changed[at : at + length] = random.randbytes(length)
            case _:
                del changed[at:]
    return bytes(changed)


def json_of(random: Random, value: Any, most: int = 2) -> Any:  # noqa: ANN401 -- JSON
    """Return a copy of a JSON value with one to `most` changes: other values, missing and doubled ones."""
    changed = copy.deepcopy(value)
    for _ in range(random.randint(1, most)):
        nodes = list(_nodes(changed))
        if not nodes:
            return random.choice(ODD)
        node, key = random.choice(nodes)
        match random.randrange(4):
            case 0:
                del node[key]
            case 1 if isinstance(key, int):
                node.insert(key, copy.deepcopy(node[key]))
            case 2:
                node[key] = [node[key]]
            case _:
                node[key] = copy.deepcopy(random.choice(ODD))
    return changed


def _nodes(value: object) -> Iterator[tuple[Any, Any]]:
    """Yield each place in a value: its container, and its key or index there."""
    keys: Iterable[Any] = ()
    container: Any = value
    if isinstance(value, dict):
        keys = list(container)
    elif isinstance(value, list):
        keys = range(len(container))
    for key in keys:
        yield container, key
        yield from _nodes(container[key])
