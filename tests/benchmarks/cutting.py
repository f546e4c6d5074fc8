"""The cost of cutting answers of any shape into messages, in CPU time of this process and beside prose of the same length."""

import gc
import time
from collections.abc import Callable
from typing import Final

from bot.chat.appearance import Appearance
from bot.reply.layout import FileUse, Pieces, layout
from bot.reply.split import Splitter
from tests.benchmarks.verdicts import Verdict
from tests.reply.shapes import SHAPES

CPU_MS: Final = 60.0
PIECE_MS: Final = 20.0
LONG_MS: Final = 100.0
LARGER_MB: Final = 30.0
_MESSAGES: Final = 4
_LENGTH: Final = 16_000
_PART: Final = 2_000
_LONG: Final = 10_000_000


def cut_at_once() -> list[Verdict]:
    """Cut 16 kB and 10 MB of each shape, and return the dearest of each beside its limit."""
    gc.collect()
    gc.freeze()  # as the command line does behind its imports
    try:
        return _verdicts()
    finally:
        gc.unfreeze()


def _verdicts() -> list[Verdict]:
    prose = _milliseconds(lambda: _cut(SHAPES["prose"], _LENGTH))
    whole = {
        shape: min(_milliseconds(lambda text=text: _cut(text, _LENGTH)) for _ in range(3))
        for shape, text in SHAPES.items()
    }
    pieces = {shape: _longest_piece(text) for shape, text in SHAPES.items()}
    before = _resident_mb()
    long = {shape: _milliseconds(lambda text=text: _cut(text, _LONG)) for shape, text in SHAPES.items()}
    larger = _resident_mb() - before
    return [
        _dearest("16 kB of any shape is cut", whole, CPU_MS, f", {max(whole.values()) / prose:.1f} times prose"),
        _dearest("longest piece of that work", pieces, PIECE_MS),
        _dearest("10 MB of any shape is cut and laid out", long, LONG_MS),
        Verdict("memory after these 10 MB", f"{larger:+.1f} MB", f"<= {LARGER_MB:g} MB", larger <= LARGER_MB),
    ]


def _dearest(what: str, found: dict[str, float], limit: float, beside: str = "") -> Verdict:
    shape = max(found, key=found.__getitem__)
    return Verdict(what, f"{found[shape]:.1f} ms ({shape}{beside})", f"<= {limit:g} ms", found[shape] <= limit)


def _cut(shape: str, length: int) -> None:
    text = shape * (length // len(shape))
    splitter = Splitter(most=_MESSAGES)
    for start in range(0, len(text), _PART):
        splitter.feed(text[start : start + _PART])
        while splitter.work():
            pass
        if splitter.is_full:
            break
    layout(Appearance(text), _MESSAGES, FileUse.ATTACHED, Pieces(splitter.close(), splitter.is_full))


def _longest_piece(shape: str) -> float:
    """Return the milliseconds of the longest piece of work in which nothing else can run."""
    text = shape * (_LENGTH // len(shape))
    splitter = Splitter(most=_MESSAGES)
    longest = 0.0
    for start in range(0, len(text), _PART):
        splitter.feed(text[start : start + _PART])
        longest = max(longest, _longest(splitter), _milliseconds(lambda: splitter.messages))
    splitter.end()
    return max(longest, _longest(splitter), _milliseconds(splitter.close))


def _longest(splitter: Splitter) -> float:
    longest, is_more = 0.0, True
    while is_more:
        began = time.process_time()
        is_more = splitter.work()
        longest = max(longest, (time.process_time() - began) * 1000)
    return longest


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _resident_mb() -> float:
    """Return the resident memory of this process. Linux only."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 -- a file of the kernel
        return int(file.read().split()[1]) * 4096 / 1e6
