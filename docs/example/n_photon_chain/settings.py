"""The block of the configuration, and the jobs that it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from openkerr.settings.checks import Increasing, multiple_of
from openkerr.settings.fields import Section, decisive, setting

Drive = Annotated[float, Field(gt=0, le=100)]


class Model(Section):
    """What all chains have in common."""

    detuning: float = setting("detuning Delta of a photon", "gamma", ge=-100, le=100)
    hopping: float = setting("hopping J", "gamma", gt=0, le=100)
    kerr: float = setting("Kerr nonlinearity U", "gamma", gt=0, le=100)
    loss_rate: float = setting("loss of the first and the last site", "gamma", gt=0, le=100)


class Scan(Section):
    """A scan of the drive."""

    order: int = setting("photons n that the drive makes at a time", ge=1, le=4)
    length: int = setting("number of sites", "sites", ge=2, le=200)
    time_step: float = setting("step of the integrator", "1/gamma", gt=0, le=0.5)
    drive_amplitudes: Annotated[tuple[Drive, ...], Increasing] = setting(
        "drive amplitudes G", "gamma", min_length=1, max_length=200, rule="strictly increasing"
    )


class Shown(Section):
    """A chain whose profile the figure shows."""

    order: int = setting("photons n that the drive makes at a time", ge=1, le=4)
    drive_amplitude: Drive = setting("drive amplitude G", "gamma")
    regime: str = setting("what it stands for", choices=("chaos", "wave"))


class Settings(Section):
    """Chains driven by n photons at a time: chains by truncated Wigner and mean field, two sites exactly."""

    model: Model = setting("parameters of all chains")
    n_trajectories: int = setting("size of each ensemble", ge=16, le=1_000_000)
    batch_size: int = setting("trajectories that share a partial sum; at least 16 batches", ge=1, le=4096)
    sampling_interval: float = setting("time between samples, a whole multiple of every step", "1/gamma", gt=0, le=1e6)
    burn_in: Annotated[float, multiple_of("sampling_interval")] = setting(
        "time before the window", "1/gamma", gt=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    averaging_time: Annotated[float, multiple_of("sampling_interval")] = setting(
        "length of the window", "1/gamma", gt=0, le=1e6, rule="a whole multiple of sampling_interval"
    )
    start: float = setting("amplitude of mean fields at time 0", ge=0, le=100)
    lyapunov_time: float = setting("time over which the exponent is averaged, a trajectory", "1/gamma", gt=0, le=1e6)
    lyapunov_trajectories: int = setting("trajectories along which it is averaged", ge=2, le=10_000)
    tolerance: float = setting("relative change with the space at which two sites are solved", gt=0, le=0.1)
    chains: tuple[Scan, ...] = setting("chains by truncated Wigner and mean field", max_length=100)
    dimers: tuple[Scan, ...] = setting("two sites exactly and by truncated Wigner", max_length=100)
    shown: tuple[Shown, ...] = setting("profiles that the figure shows", max_length=10)


def jobs(settings: Settings) -> dict[str, dict[str, Any]]:
    """What decides each job, by the name of its raw file: one drive of one chain."""
    shared = {key: value for key, value in decisive(settings).items() if key not in ("chains", "dimers", "shown")}
    found = {}
    for kind, scans in (("chain", settings.chains), ("dimer", settings.dimers)):
        unused = {"chain": ("tolerance",), "dimer": ("start", "lyapunov_time", "lyapunov_trajectories")}[kind]
        for scan in scans:
            for drive in scan.drive_amplitudes:
                values = {key: value for key, value in shared.items() if key not in unused}
                values |= decisive(scan) | {"kind": kind, "drive_amplitude": drive}
                del values["drive_amplitudes"]
                found[f"{kind}_{scan.order}_{scan.length}_{drive:.12g}"] = values
    return found


def seconds(job: Mapping[str, Any]) -> float:
    """Estimated cost of a job on one core: steps of sites of trajectories, and of tangent vectors."""
    steps = (job["burn_in"] + job["averaging_time"]) / job["time_step"] * job["length"]
    if job["kind"] == "dimer":
        return 3.0 + 1e-8 * steps * job["n_trajectories"]
    return 1.0 + 2e-8 * steps * job["n_trajectories"] + 6e-7 * steps * job["lyapunov_trajectories"]
