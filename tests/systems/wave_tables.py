"""Tables of the resonant nonlinear wave in two short chains, for tests of its figures."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.resonant_wave import (
    branch_table,
    continuation_table,
    profile_table,
    sampled_rows,
    step_effects,
)
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.stepped_states import stepped_state
from openkerr.studies.chain_wave.scan import mirrored, trace_wave, wave_points
from openkerr.studies.chain_wave.tables import (
    CHAIN_PARAMETERS,
    CHAIN_RNW_BRANCH,
    CHAIN_RNW_CONTINUATION,
    CHAIN_RNW_PROFILES,
)
from openkerr.tables.files import validate_table

LENGTH, DRIVE = 6, 10.5


def parameters() -> pd.DataFrame:
    names = ["detuning", "hopping", "kerr", "loss_rate", "intrinsic_loss_rate"]
    return validate_table(CHAIN_PARAMETERS, pd.DataFrame({"parameter": names, "value": [2.5, 2, 0.1, 1, 0.1]}))


def tables():
    """The four tables and the grid of one short chain."""
    states, continuations = [], []
    for length in (4, LENGTH):
        samples = trace_wave(BoseHubbardChain(length=length, drive_amplitude=11.0), 3.0)
        continuations.append(continuation_table(samples, length))
        states += wave_points(samples, [6.0, 8.0, DRIVE])
    point = next(each for each in states if (each.state.field.size, each.drive_amplitude) == (LENGTH, DRIVE))
    linear = validate_table(CHAIN_RNW_PROFILES, profile_table(point, mirrored(point), 3))
    place = {"length": LENGTH, "drive_amplitude": DRIVE}
    own = linear[["site", "photon_number", "circular_variance", "mean_phase", "field_real", "field_imag",
                  "number_fluctuation"]].assign(**place, loss=0.0, stationarity=-1.5, n_trajectories=64)  # fmt: skip
    for name in ("photon_number", "circular_variance", "mean_phase", "field_real", "field_imag", "number_fluctuation"):
        own[f"{name}_stderr"] = 0.01
    own["circular_variance_stderr"] = 0.002
    gpe = own.assign(method="gpe", photon_number=1.01 * own["photon_number"], circular_variance=0.0)
    profiles = pd.concat([own.assign(method="twa"), gpe, own.assign(method="twa", loss=0.1)])
    coherence = linear[["site", "center", "g1"]].assign(**place, loss=0.0, method="twa", g1_stderr=0.002)
    panels = {"length": [LENGTH] * 2, "drive_amplitude": [DRIVE] * 2, "loss": [0.0] * 2, "method": ["twa"] * 2}
    middles = np.linspace(-11.75, 11.75, 48)
    alpha, fields = middles[:, None] + 1j * middles, np.array(own["field_real"] + 1j * own["field_imag"])[[0, 2]]
    density = [np.exp(-0.5 * (np.abs(alpha) - abs(a)) ** 2 - 4 * np.angle(alpha / a) ** 2) for a in fields]
    wigner = xr.Dataset(
        {"density": (("panel", "re", "im"), np.array(density)), "extent": ("panel", [12.0] * 2)},
        coords={name: ("panel", values) for name, values in (panels | {"site": [1, 3]}).items()},
    )
    stepped = stepped_state(point.state, "strang", 0.05)
    effects = {(LENGTH, DRIVE): step_effects(point.state, point.covariance, point.shift, stepped)}
    sampled = sampled_rows(profiles, [place], 0.0, effects)
    branch = validate_table(CHAIN_RNW_BRANCH, branch_table(states, sampled, CHAIN_RNW_BRANCH.column_names))
    continuation = validate_table(CHAIN_RNW_CONTINUATION, pd.concat(continuations, ignore_index=True))
    return SimpleNamespace(
        profiles=profiles, coherence=coherence, wigner=wigner, branch=branch, continuation=continuation, linear=linear
    )
