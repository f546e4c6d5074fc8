"""That the benchmarks run; how fast the bot is they only print."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.suite import measured
from tests.benchmarks.table import rendered
from tests.benchmarks.verdicts import QUICK


@pytest.mark.long
@pytest.mark.unmeasured
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="CPU time and memory are read from /proc")
async def test_every_row_is_measured_and_no_rest_call_precedes_a_model_request() -> None:
    """The quick run fills every row of every table, and the model is always asked before Discord is."""
    results = await measured(replace(QUICK, forked=True))
    timings = [timing for rows in results.timings.values() for timing in rows]
    assert [len(rows) for rows in results.timings.values()] == [2, 2, 1, 4, 4, 4, 2]
    assert all(timing.samples and timing.p50 > 0 for timing in timings)
    assert sum(timing.rest_before for timing in timings) == 0
    assert [crowd.label for crowd in results.crowds] == ["floor, whole", "floor, streamed", "bot"]
    assert all(crowd.megabytes > 0 for crowd in results.crowds)
    print(rendered(results))
