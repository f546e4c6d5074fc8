"""Answers on a Discord as it is, with its limits and its distance; and a bot's memory after thousands of them."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.benchmarks.asking import LONG, PACED, Pace, Series, Timing, crowd, in_rounds
from tests.benchmarks.subjects import Kind, started, together
from tests.benchmarks.verdicts import Scale, Verdict

ROUND_TRIP_SECONDS: Final = 0.06
ROUND_TRIPS: Final = 1.3
MORE_MB: Final = 5.0
LONG_MS: Final = 100.0
_PAUSE_SECONDS: Final = 1.5
"""Between two questions in a channel, which takes five messages in five seconds."""
_ROUTES: Final = (
    ("POST", "/channels/{channel_id}/messages"),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
)
_KINDS: Final = (
    Kind("floor, streamed", ("-m", "tests.benchmarks.floors", "streamed")),
    Kind("bot", ("-m", "bot", "run")),
)


async def limited(scale: Scale, folder: Path) -> tuple[dict[str, list[Timing]], list[Verdict]]:
    """One conversation in one channel, with Discord's limits on and its round trips."""
    async with together(_KINDS, folder, {"fresh": 1}, forked=scale.forked) as subjects:
        for subject in subjects:
            subject.box.discord.enforces_limits()
            for route in _ROUTES:
                subject.box.discord.delays(*route, ROUND_TRIP_SECONDS, times=None)
        series = [Series(subject.kind.name, subject, "fresh") for subject in subjects]
        short = await in_rounds(series, PACED, scale.limited_rounds, scale.paced_warm_up, _PAUSE_SECONDS)
        pace = Pace(f"{scale.limited_tokens:,} tokens at 200/s after 50 ms", scale.limited_tokens, 0.05, 200)
        long = await in_rounds(series[1:], pace, scale.paced_rounds, 0, _PAUSE_SECONDS)
    trips, most = short[1].text_p50 / 1000 / ROUND_TRIP_SECONDS, max(sample.rest_too_many for sample in long[0].samples)
    verdicts = [
        Verdict(
            f"last token -> whole text, Discord's limits, {ROUND_TRIP_SECONDS * 1000:g} ms away, {PACED.name}",
            f"{short[1].text_p50:.1f} ms = {trips:.2f} round trips (floor {short[0].text_p50:.1f} ms)",
            f"<= {ROUND_TRIPS:g}",
            trips <= ROUND_TRIPS,
        ),
        Verdict(
            f"REST calls an answer, {pace.name}",
            f"{most:+.1f} to 1 + seconds + parts, at the most",
            "<= 0",
            most <= 0,
        ),
    ]
    return {f"limits: {PACED.name}": short, f"limits: {pace.name}": long}, verdicts


async def long(scale: Scale, folder: Path) -> tuple[dict[str, list[Timing]], list[Verdict]]:
    """Answers that come all at once and fill many messages."""
    floor, bot = _KINDS
    bot = replace(bot, settings={"PARLEY_ANSWERS__MAX_MESSAGES": "20"})
    async with together([floor, bot], folder, {"fresh": 1}, forked=scale.forked) as subjects:
        series = [Series(subject.kind.name, subject, "fresh", empty=subject.kind is bot) for subject in subjects]
        timings = await in_rounds(series, LONG, 2 * scale.paced_rounds, scale.paced_warm_up)
    later = timings[1].whole_p50 - timings[0].whole_p50
    verdict = Verdict(
        f"mention -> whole text, {LONG.name}",
        f"{timings[1].whole_p50:.0f} ms = floor, streamed {later:+.0f} ms",
        f"<= floor + {LONG_MS:g} ms",
        later <= LONG_MS,
    )
    return {f"long: {LONG.name}": timings}, [verdict]


async def flat(scale: Scale, folder: Path) -> Verdict:
    """The memory of one bot after many mentions, and after twice as many: its windows are full both times."""
    async with started(_KINDS[1], folder / "bot", {"fresh": scale.crowd}, forked=scale.forked) as subject:
        before = await crowd(subject, "fresh", scale.flat)
        after = await crowd(subject, "fresh", scale.flat)
    grown = after.megabytes - before.megabytes
    return Verdict(
        f"RSS after {after.mentions} more mentions",
        f"{after.megabytes:.1f} MB = after the first {before.mentions} {grown:+.1f} MB",
        f"<= +{MORE_MB:g} MB",
        grown <= MORE_MB,
    )
