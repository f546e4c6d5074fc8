"""The holder of settings that may be replaced while the bot runs."""

from bot.config import Current, LimitSettings, Settings


def test_a_holder_gives_the_value_that_is_in_force() -> None:
    """Replacing the value of a holder changes what everybody reads who keeps the holder."""
    current = Current(1)
    assert current.value == 1
    current.value = 2
    assert current.value == 2


def test_parts_follow_the_whole() -> None:
    """A new value of the settings reaches the holders of their sections, and of parts of these, with one assignment."""
    current = Current(Settings())
    limits = current.part(lambda settings: settings.limits)
    queue = limits.part(lambda limits: limits.place_queue)
    assert (limits.value, queue.value) == (LimitSettings(), 20)

    current.value = Settings(limits=LimitSettings(place_queue=3))

    assert (limits.value.place_queue, queue.value) == (3, 3)
