"""The results as text."""

from collections.abc import Sequence

from tests.benchmarks.asking import Crowd, Timing
from tests.benchmarks.suite import Results

_TIMING_HEAD = (
    "",
    "n",
    "p50 ms",
    "p95 ms",
    "REST before",
    "messages",
    "first token -> create ms",
    "last token -> text ms",
    "CPU ms",
    "sandbox CPU ms",
)
_CROWD_HEAD = (
    "memory: 20 tokens at once, all channels at once",
    "mentions",
    "RSS MB",
    "mentions/s",
    "CPU ms",
    "sandbox",
)


def rendered(results: Results) -> str:
    """All tables, one under the other; times are from a mention to its model request unless said otherwise."""
    tables = [
        _table((name, *_TIMING_HEAD[1:]), [_timing(one) for one in rows]) for name, rows in results.timings.items()
    ]
    if results.crowds:
        tables.append(_table(_CROWD_HEAD, [_crowd(one) for one in results.crowds]))
    verdicts = [(one.what, one.measured, one.limit, "ok" if one.holds else "MISSED") for one in results.verdicts]
    tables.append(_table(("limit (p50)", "measured", "limit", ""), verdicts))
    return "\n\n".join(tables)


def _timing(timing: Timing) -> tuple[str, ...]:
    return (
        timing.label,
        str(len(timing.samples)),
        f"{timing.p50:.2f}",
        f"{timing.p95:.2f}",
        str(timing.rest_before),
        timing.messages,
        f"{timing.create_p50:.2f}",
        f"{timing.text_p50:.2f}",
        f"{timing.cpu_ms:.1f}",
        f"{timing.sandbox_cpu_ms:.1f}",
    )


def _crowd(crowd: Crowd) -> tuple[str, ...]:
    return (
        crowd.label,
        str(crowd.mentions),
        f"{crowd.megabytes:.1f}",
        f"{crowd.per_second:.0f}",
        f"{crowd.cpu_ms:.1f}",
        f"{crowd.sandbox_cpu_ms:.1f}",
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
