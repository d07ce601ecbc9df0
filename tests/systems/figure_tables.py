"""Every figure drawn from a fixed small table: what tests of their looks run over."""

from collections.abc import Callable
from functools import cache
from importlib import import_module

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from systems import (
    attractor_tables,
    chain_chaos_tables,
    chain_cumulant_tables,
    chain_dimer_tables,
    chain_profile_tables,
    chain_tables,
    gap_tables,
    ion_tables,
    liouvillian_tables,
    melting_tables,
    metastability_tables,
    population_tables,
    stepper_tables,
    thermal_tables,
    transport_tables,
    wave_tables,
)

from openkerr.analysis.crossover import crossover_table
from openkerr.analysis.gap_fits import gap_fit_table
from openkerr.analysis.phase_diffusion import lines_of_torus, slowest_lines
from openkerr.studies.torus_liouvillian.tables import TORUS_CROSSOVER
from openkerr.tables.files import validate_table

Draw = Callable[..., Figure]

# Several figures are drawn from these.
_wave = cache(wave_tables.tables)
_gaps = cache(gap_tables.gaps_frame)


@cache
def _gap_fits() -> pd.DataFrame:
    return gap_fit_table(_gaps())


def _chain_2(draw: Draw) -> Figure:
    return draw(chain_tables.phase_diagram(), chain_tables.boundaries())


def _chain_3(draw: Draw) -> Figure:
    profiles, coherence = chain_profile_tables.tables()
    chain = {"length": chain_profile_tables.LENGTH, "sites": chain_profile_tables.SITES}
    relaxation = chain_profile_tables.relaxation()
    return draw(profiles, coherence, relaxation, chain_profile_tables.grids()[0], drive_amplitudes=[4.5, 8.0], **chain)


def _chain_6(draw: Draw) -> Figure:
    wave = _wave()
    return draw(
        wave.profiles, wave.coherence, wave.wigner, wave.linear, length=wave_tables.LENGTH,
        drive_amplitude=wave_tables.DRIVE, sites=[1, 2, 3, 5],
    )  # fmt: skip


def _chain_7(draw: Draw) -> Figure:
    frames, chain = metastability_tables.frames(), {"lengths": metastability_tables.LENGTHS}
    return draw(frames["chain_metastability"], metastability_tables.passages(), drive_amplitude=9.5, **chain)


def _chain_wave_rates(draw: Draw) -> Figure:
    names = ("chain_rates", "chain_wave_weight", "chain_equal_rates", "chain_critical_length")
    return draw(*(metastability_tables.frames()[name] for name in names))


def _chain_8(draw: Draw) -> Figure:
    sites = np.arange(1, chain_chaos_tables.LENGTH + 1)
    cones = chain_chaos_tables.grid(sites, chain_chaos_tables.ANGLES[-1:])
    return draw(cones, chain_chaos_tables.growth(), chain_chaos_tables.rates())


def _chain_10(draw: Draw) -> Figure:
    cumulants, deviations = chain_cumulant_tables.tables()
    return draw(cumulants, deviations, chain_tables.boundaries())


def _chain_13(draw: Draw) -> Figure:
    chain = {"length": chain_profile_tables.LENGTH, "sites": chain_profile_tables.SITES}
    return draw(chain_profile_tables.tables()[0], chain_profile_tables.grids()[1], drive_amplitude=8.0, **chain)


_THERMAL = {"length": thermal_tables.LENGTH, "sites": thermal_tables.SITES}


def _chain_4(draw: Draw) -> Figure:
    return draw(
        thermal_tables.thermometry(), thermal_tables.entropy(), thermal_tables.equilibrium(), *thermal_tables.domains(),
        length=thermal_tables.LENGTH, drive_amplitudes=thermal_tables.DRIVES, scaling_drive=8.0,
    )  # fmt: skip


def _chain_14(draw: Draw) -> Figure:
    return draw(
        thermal_tables.thermometry(), thermal_tables.equilibrium(), thermal_tables.momenta(), detuning=2.5,
        drive_amplitudes=thermal_tables.DRIVES, **_THERMAL,
    )  # fmt: skip


def _chain_15(draw: Draw) -> Figure:
    return draw(thermal_tables.thermometry(), thermal_tables.radial(), drive_amplitude=8.0, **_THERMAL)


def _chain_16(draw: Draw) -> Figure:
    return draw(thermal_tables.memory(), drive_amplitude=8.0, **_THERMAL)


def _chain_17(draw: Draw) -> Figure:
    return draw(thermal_tables.radial(), drive_amplitudes=thermal_tables.DRIVES, **_THERMAL)


def _chain_18(draw: Draw) -> Figure:
    wave = _wave()
    return draw(wave.profiles, wave.linear, length=wave_tables.LENGTH, drive_amplitude=wave_tables.DRIVE)


def _chain_19(draw: Draw) -> Figure:
    return draw(
        chain_profile_tables.tables()[0], chain_profile_tables.grids()[0], length=chain_profile_tables.LENGTH,
        drive_amplitudes=[8.0, 4.5], loss_rates=[0.0, 0.3], site=3,
    )  # fmt: skip


def _chain_rnw_branch(draw: Draw) -> Figure:
    wave = _wave()
    return draw(
        wave.branch, wave.continuation, wave.linear, wave.profiles, length=wave_tables.LENGTH,
        drive_amplitude=wave_tables.DRIVE,
    )  # fmt: skip


def _steppers(draw: Draw) -> Figure:
    torus = stepper_tables.stepper_errors()
    chain = {"problem": "chain", "case": "chaos", "quantity": "photon_number", "stepper": "strang"}
    errors = pd.concat([torus, torus.assign(**chain, error=torus["error"] ** 2, error_stderr=1e-4)])
    return draw(errors, [{"name": "field", "aleph": 5e3}], [{"name": "chaos", "length": 4, "drive_amplitude": 8.0}])


def _torus_3b(draw: Draw) -> Figure:
    return draw(_gaps(), _gap_fits(), gap_tables.cases_frame(), gap_tables.lines_frame(), gap_tables.WINDOW)


def _torus_crossover(draw: Draw) -> Figure:
    lines = liouvillian_tables.lines()
    table = crossover_table(liouvillian_tables.spectrum(), liouvillian_tables.sampled_gaps(), lines, 1.0)
    return draw(validate_table(TORUS_CROSSOVER, table), lines, 1.0)


def _torus_diffusion(draw: Draw) -> Figure:
    table = attractor_tables.diffusion()
    return draw(table, lines_of_torus(table, 3), slowest_lines(table), attractor_tables.bifurcations())


def _torus_lyapunov(draw: Draw) -> Figure:
    # As near to each other as fold and homoclinic point of the papers are.
    bifurcations = attractor_tables.bifurcations().replace({"omega": {attractor_tables.HOMOCLINIC: 0.9001}})
    return draw(attractor_tables.attractors(), bifurcations, 1.0, 0.4)


def _torus_ratio(draw: Draw) -> Figure:
    return draw(attractor_tables.branches(), attractor_tables.bifurcations(), attractor_tables.lines())


def _torus_robustness(draw: Draw) -> Figure:
    return draw(_gaps(), _gap_fits(), gap_tables.cases_frame())


TABLES: dict[str, Callable[[Draw], Figure]] = {
    "chain_1": lambda draw: draw(wave_tables.parameters()),
    "chain_2": _chain_2,
    "chain_3": _chain_3,
    "chain_5": lambda draw: draw(metastability_tables.onset(), n_trajectories=64),
    "chain_6": _chain_6,
    "chain_7": _chain_7,
    "chain_8": _chain_8,
    "chain_10": _chain_10,
    "chain_11": _chain_2,
    "chain_12": lambda draw: draw(chain_tables.phase_diagram()),
    "chain_4": _chain_4,
    "chain_13": _chain_13,
    "chain_14": _chain_14,
    "chain_15": _chain_15,
    "chain_16": _chain_16,
    "chain_17": _chain_17,
    "chain_18": _chain_18,
    "chain_19": _chain_19,
    "chain_9": lambda draw: draw(*chain_dimer_tables.tables()),
    "chain_validity": lambda draw: draw(chain_dimer_tables.scaling()),
    "chain_butterfly": lambda draw: draw(*chain_chaos_tables.spreading()),
    "chain_moments": lambda draw: draw(*chain_chaos_tables.moments()),
    "chain_lyapunov": lambda draw: draw(*chain_chaos_tables.lyapunov(), chain_chaos_tables.rates()),
    "chain_rnw_branch": _chain_rnw_branch,
    "chain_conductivity": lambda draw: draw(*transport_tables.conductivity()),
    "chain_wave_rates": _chain_wave_rates,
    "chain_transport": lambda draw: draw(
        *transport_tables.tables(), length=transport_tables.LENGTH, drive_amplitudes=transport_tables.DRIVES
    ),
    "steppers": _steppers,
    "torus_1": lambda draw: draw(
        attractor_tables.branches(),
        attractor_tables.bifurcations(),
        attractor_tables.lines(),
        *attractor_tables.grids(),
    ),
    "torus_2": lambda draw: draw(*population_tables.torus_frames()),
    "torus_3b": _torus_3b,
    "torus_4": lambda draw: draw(*melting_tables.wigner()),
    "torus_5": lambda draw: draw(*melting_tables.scaling_tables()),
    "torus_crossover": _torus_crossover,
    "torus_diffusion": _torus_diffusion,
    "torus_dual": lambda draw: draw(_gaps(), gap_tables.cases_frame()),
    "torus_eigenmatrices": lambda draw: draw(liouvillian_tables.grid()),
    "torus_gap_windows": lambda draw: draw(_gap_fits(), gap_tables.WINDOW),
    "torus_ion": lambda draw: draw(
        *ion_tables.tables(), {"pump_lamb_dicke": [0.08, 0.08], "loss_lamb_dicke": [0.05, 0.08]}
    ),
    "torus_liouvillian": lambda draw: draw(
        liouvillian_tables.spectrum(), liouvillian_tables.lines(), attractor_tables.diffusion(), 1.0, [0.8]
    ),
    "torus_loss": _torus_robustness,
    "torus_lyapunov": _torus_lyapunov,
    "torus_ratio": lambda draw: draw(
        attractor_tables.branches(),
        attractor_tables.bifurcations(),
        attractor_tables.lines(),
        attractor_tables.diffusion(),
    ),
    "torus_schematic": lambda draw: draw(ion_tables.parameters()),
    "torus_spectrogram": lambda draw: draw(gap_tables.grid(), _gaps(), gap_tables.cases_frame()),
    "torus_steady_state": lambda draw: draw(liouvillian_tables.states()),
    "torus_action": lambda draw: draw(*melting_tables.action_tables()),
    "torus_switching": lambda draw: draw(*melting_tables.switching_tables()),
    "torus_thermal": _torus_robustness,
    "torus_variant_scaling": lambda draw: draw(
        melting_tables.variant_scaling(gap_tables.cases_frame()),
        gap_tables.cases_frame(),
        melting_tables.scaling_tables()[1],
    ),
    "torus_universality": lambda draw: draw(_gap_fits(), gap_tables.cases_frame()),
}
"""How `draw` of the module of each figure is called."""


def draw(name: str) -> Figure:
    """Return a figure, drawn by its module from the fixed table."""
    return TABLES[name](import_module(f"openkerr.figures.{name}").draw)
