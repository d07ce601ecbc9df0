"""Configuration of the classical attractors of the two cavities."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from openkerr.settings.checks import Increasing, Interval, check_divisor, check_multiple
from openkerr.settings.fields import Section, block, cut, setting

STEP_SHARE = 1 / 16
"""Share of the averaging time in which half the step is run beside, to measure what the step adds."""


_OrthonormalisedTime = Annotated[
    float, AfterValidator(lambda value: check_multiple(value, 0.5, "the interval of orthonormalisation"))
]
_BlockedTime = Annotated[
    float,
    AfterValidator(lambda value: check_multiple(value, 32.0, "64 blocks of one interval of orthonormalisation")),
]
_SampledTime = Annotated[float, AfterValidator(lambda value: check_multiple(value, 0.2, "the interval of samples"))]
_Step = Annotated[
    float,
    AfterValidator(
        lambda value: check_divisor(value, 0.5, "a step that divides 0.5, the interval of orthonormalisation")
    ),
]
_SampledStep = Annotated[
    float, AfterValidator(lambda value: check_divisor(value, 0.2, "a step that divides 0.2, the interval of samples"))
]


class Attractors(Section):
    """Classical attractors of the two cavities over their frequency; times in 1/eta."""

    omega: Interval = block(
        "frequencies of cavity 1 in the sweeps; cavity 2 keeps its difference in torus.model",
        "simulate_torus_attractors",
    )
    omega_fine: Interval = block("more frequencies of the sweeps, through the transition", "simulate_torus_attractors")
    n_starts: int = setting("random starts at every frequency, besides the two sweeps", "starts", ge=1, le=1000)
    time_step: _Step = setting("step of the integrator", "1/eta", gt=0, le=0.2)
    burn_in: _OrthonormalisedTime = setting(
        "time before the exponents count", "1/eta", gt=0, le=1e7, rule="a whole multiple of 0.5"
    )
    averaging_time: _BlockedTime = setting(
        "time that Lyapunov exponents average over", "1/eta", gt=0, le=1e8, rule="a whole multiple of 32"
    )
    spectrum_time: float = setting("length of the series of a power spectrum", "1/eta", gt=0, le=1e6)
    map_omega: Interval = block("frequencies of the map of attractors", "simulate_torus_attractor_map")
    map_tunneling: Interval = block("tunnelings of the map of attractors", "simulate_torus_attractor_map")
    map_job_interval: float = cut("length of the intervals of the map's tunneling that are a job each", "eta")
    map_averaging_time: _BlockedTime = setting(
        "time that the exponents of the map average over", "1/eta", gt=0, le=1e8, rule="a whole multiple of 32"
    )
    portraits: Annotated[tuple[Annotated[float, Field(ge=-1e3, le=1e3)], ...], Increasing] = setting(
        "frequencies of which the orbit is drawn", "eta", min_length=1, max_length=4, rule="strictly increasing"
    )
    portrait_time: _SampledTime = setting(
        "length of the drawn orbits", "1/eta", gt=0, le=1e6, rule="a whole multiple of 0.2"
    )
    portrait_time_step: _SampledStep = setting(
        "step of the integrator for the drawn orbits, whose lines are compared to eight digits", "1/eta", gt=0, le=0.2
    )
    max_period: float = setting(
        "period up to which the torus is followed towards its homoclinic end", "1/eta", gt=10, le=1000
    )
    max_line_order: int = setting("largest modulus of the order m of a line", ge=1, le=20)

    @property
    def omegas(self) -> list[float]:
        """Frequencies of the sweeps, ascending."""
        return sorted({*self.omega.values, *self.omega_fine.values})

    @property
    def step_times(self) -> tuple[float, float]:
        """Times in which what the step adds is measured: of the sweeps and starts, and of the map."""
        return STEP_SHARE * self.averaging_time, STEP_SHARE * self.map_averaging_time
