"""Three people talk in a thread at once, edit and delete, over restarts of the bot: a model of a few lines says what is so.

The real client and SDK run against the sandbox, in one process; all examples share a bot and have a thread each. Whenever the
place is at rest, the database, the next prompt and what Discord shows are held against that model.
"""

from collections.abc import Generator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.e2e.thread_of_three import PEOPLE, Hold, Scene, Stage

EXAMPLES = {"nightly": 200, "ci": 12}.get(settings.get_current_profile_name(), 6)
STEPS = {"nightly": 30}.get(settings.get_current_profile_name(), 12)
CHOICES = st.integers(0, 10**6)
PERSON = st.integers(0, PEOPLE - 1)
PAUSES = st.sampled_from([0, 1, 10, 100])
"""Turns of the loop between two acts of a burst."""
ACTS = st.tuples(st.sampled_from(["ask", "ask", "edit", "delete", "remove", "aside"]), PERSON, CHOICES, PAUSES)


def is_held(machine: "Changes") -> bool:
    """Return whether an answer hangs."""
    return machine.scene.hold is not None


def rests(machine: "Changes") -> bool:
    """Return whether nothing is in progress."""
    return machine.scene.hold is None


class Changes(RuleBasedStateMachine):
    """A thread in which three people do as they like."""

    stage: ClassVar[Stage]
    scene: Scene

    @initialize()
    def opens(self) -> None:
        """Another thread."""
        self.scene = self.stage.runner.run(self.stage.scene())

    def teardown(self) -> None:
        """End what hangs, and look at the next prompt."""
        if hasattr(self, "scene"):
            self.stage.runner.run(self.scene.ends())

    @precondition(rests)
    @rule(person=PERSON, choice=CHOICES, kind=st.sampled_from(["plain", "bare", "reply", "quote"]))
    def ask(self, person: int, choice: int, kind: str) -> None:
        """A question is answered; its prompt holds what still stands."""
        self.stage.runner.run(self.scene.asks_alone(person, choice, kind))

    @precondition(rests)
    @rule(person=PERSON, hold=st.sampled_from(list(Hold)))
    def hang(self, person: int, hold: Hold) -> None:
        """The model says nothing, or a few words, and then no more."""
        self.stage.runner.run(self.scene.hangs(person, hold))

    @rule(acts=st.lists(ACTS, min_size=1, max_size=4))
    def act(self, acts: list[tuple[str, int, int, int]]) -> None:
        """Several acts follow each other at once, while an answer hangs or while all is quiet."""
        self.stage.runner.run(self.scene.acts(acts))

    @precondition(is_held)
    @rule(how=st.sampled_from(["edit", "delete", "remove", "stop", "join"]), choice=CHOICES)
    def let_go(self, how: str, choice: int) -> None:
        """Whoever may ends the answer that hangs, or begins it anew; what waits behind it is answered."""
        self.stage.runner.run(self.scene.lets_go(how, choice))

    @rule(acts=st.lists(ACTS, max_size=3), person=PERSON)
    def restart(self, acts: list[tuple[str, int, int, int]], person: int) -> None:
        """The bot is started anew; people act meanwhile, and one asks last, which lets it look back."""
        self.stage.runner.run(self.scene.restarts(acts, person))


@pytest.fixture
def stage(tmp_path: Path) -> Generator[Stage]:
    """The sandbox and the bot of all examples."""
    with Stage.opened(tmp_path) as opened:
        yield opened


@pytest.mark.long
@pytest.mark.unmeasured
def test_database_prompt_and_discord_agree(stage: Stage) -> None:
    """Whatever three people say, edit and delete, at once or one by one, all three tell the same; nobody is answered twice."""

    class Here(Changes):
        """The machine on this stage."""

    Here.stage = stage
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
