"""A few of the random cases of ``make fuzz``: none ends in anything but right numbers, one line, or nothing said so."""

import pytest
from fuzz.calls import api_case
from fuzz.configurations import configuration_case
from fuzz.outcomes import Moved, hold, outcome

SECONDS = 120.0
"""On the processor; the longest of these cases takes seven of them, with its kernels compiled."""


@pytest.mark.slow
@pytest.mark.parametrize("number", range(15))
def test_a_random_configuration(number):
    case, run = configuration_case(number)
    found = outcome(run, SECONDS)
    assert not found.fault, f"{found.sentence}: {case}"


# Number 6 is a spectrum of more than half a minute.
@pytest.mark.slow
@pytest.mark.parametrize("number", [*range(6), *range(7, 16)])
def test_a_random_call(number):
    case, run = api_case(number, compiled=False)
    found = outcome(run, SECONDS)
    assert not found.fault, f"{found.sentence}: {case}"


def test_faults_are_told_from_refusals():
    def moved():
        hold("number", 1.0, 1.2, 0.01)

    def leaks():
        return None + 1

    def spins():
        while True:
            pass

    assert outcome(moved, 5.0).kind == "moved"
    assert outcome(leaks, 5.0).kind == "leaked"
    assert outcome(spins, 0.05).kind == "late"
    assert outcome(lambda: None, 5.0).kind == "right"
    with pytest.raises(Moved):
        hold("number", float("nan"), 1.0, 0.1)
