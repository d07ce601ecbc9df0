"""Configuration of the ensembles of photon numbers against time."""

from __future__ import annotations

from typing import Annotated

from pydantic import ValidationInfo, field_validator

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.settings.checks import Ensemble, multiple_of, up_to
from openkerr.settings.fields import refuse, setting
from openkerr.studies.stepper_setting import stepper_setting


class Population(Ensemble):
    """One truncated-Wigner ensemble of populations against time."""

    stepper: str = stepper_setting(KerrDimer)
    aleph: float = setting("quantum-to-classical rescaling parameter", gt=0, le=1e12)
    time_step: float = setting(
        "step of the integrator", "1/eta", gt=0, le=0.5, rule="stable at the rates of torus.model"
    )
    sampling_interval: Annotated[float, multiple_of("time_step")] = setting(
        "time between samples", "1/eta", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    final_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time at which the run ends", "1/eta", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    n_paths: Annotated[int, up_to("n_trajectories")] = setting(
        "number of single trajectories that are kept", "trajectories", ge=1, rule="at most n_trajectories"
    )

    @property
    def n_samples(self) -> int:
        """Number of sampling intervals of the run."""
        return round(self.final_time / self.sampling_interval)

    @field_validator("n_paths")
    @classmethod
    def _paths_exist(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("noise") == "discrete":
            raise refuse("no single trajectories with discrete noise, which is good for averages alone")
        return value
