"""Faults in a bot's log, which fail the test that runs it."""

import pytest

from tests.e2e.log import ANOTHER, UNFORESEEN, Log


@pytest.mark.parametrize("fault", [UNFORESEEN, ANOTHER])
def test_a_fault_in_the_log_fails_the_test_unless_it_is_expected(fault: str) -> None:
    """A line with a fault fails the test and is shown; it does not where the test names the fault."""
    log = Log()
    log.add("INFO    bot.app: connected")
    log.tells_no_fault()
    log.add(f"ERROR   bot: question 1 failed, {fault}")
    log.tells_no_fault(fault)
    with pytest.raises(pytest.fail.Exception, match="question 1 failed"):
        log.tells_no_fault()
