"""Configuration of the chain's thermodynamics: ensembles, thermometers, domains, and a test of the thermometers."""

from __future__ import annotations

from typing import Annotated

from pydantic import ValidationInfo, field_validator

from openkerr.numerics.stats import MIN_BATCHES
from openkerr.settings.checks import Even
from openkerr.settings.fields import Section, block, refuse, setting
from openkerr.studies.chain_settings import Drive, SingleChain, SingleChains, Site, ThreeSites


class ThermalCase(SingleChain):
    """One chain of ``chain.thermodynamics``."""

    length: int = setting("number of sites of the chain", "sites", ge=4, le=10_000)


class ThermalState(Section):
    """A state of the closed chain, classical and grand-canonical."""

    temperature: float = setting("temperature T", "gamma", gt=0, le=1e6)
    chemical_potential: float = setting(
        "chemical potential mu, the resonators' frequency in it", "gamma", ge=-1e6, le=1e6
    )


class Equilibrium(Section):
    """Chains drawn from known states, hopping included, on which the thermometers are tried."""

    states: tuple[ThermalState, ...] = block("the states", "chain_thermometer_bias", min_length=1, max_length=64)
    length: int = setting("number of sites", "sites", ge=8, le=10_000)
    n_chains: int = setting("independent chains, the batches of errors", "chains", ge=MIN_BATCHES, le=10_000)
    n_samples: int = setting("samples of each chain", "samples", ge=1, le=1_000_000)
    sweeps_per_sample: int = setting("sweeps over all sites between two samples", "sweeps", ge=1, le=10_000)
    burn_in: int = setting("sweeps before the first sample", "sweeps", ge=0, le=1_000_000)


class ShownThermodynamics(Section):
    """Cases that figures chain 4, 14, 15, 16 and 17 draw."""

    length: int = setting("number of sites in figures chain 4, 14, 15 and 17", "sites", ge=4, le=10_000)
    drive_amplitudes: tuple[Drive, ...] = setting(
        "drives of figure chain 4; the first two are those of figures chain 14 and 17, the second that of chain 15",
        "gamma",
        min_length=2,
        max_length=4,
        rule="among the cases of this length",
    )
    sites: ThreeSites = setting("sites of Wigner functions and momenta", "sites", rule="increasing, up to length")
    scaling_drive: Drive = setting(
        "drive whose domains are drawn against the length", "gamma", rule="of one case at least"
    )
    memory_length: int = setting("number of sites in figure chain 16", "sites", ge=4, le=10_000)
    memory_drive: Drive = setting("drive of figure chain 16", "gamma")
    memory_sites: tuple[Site, Site, Site] = setting(
        "sites of figure chain 16", "sites", rule="correlation_sites of the case of memory_length and memory_drive"
    )


class ChainThermodynamics(SingleChains):
    """Ensembles whose sites are fitted with thermal and impurity states."""

    extent: float = setting("half side of the square of the histograms", "fields", gt=0, le=15)
    n_cells: Annotated[int, Even] = setting("cells of a histogram along each side", "cells", ge=4, le=1000, rule="even")
    broken_variance: float = setting(
        "circular variance below which a site is of the domain next to the drive", gt=0, lt=1
    )
    cases: tuple[ThermalCase, ...] = block(
        "chains, each simulated once", "chain_thermometry, chain_entropy", min_length=1, max_length=256
    )
    equilibrium: Equilibrium = block(Equilibrium.__doc__, "chain_thermometer_bias")
    shown: ShownThermodynamics = block("cases that are drawn", "figures chain 4, 14, 15, 16, 17")

    @field_validator("shown")
    @classmethod
    def _shown_exist(cls, shown: ShownThermodynamics, info: ValidationInfo) -> ShownThermodynamics:
        cases = info.data.get("cases", ())
        followed = {case.point: set(case.correlation_sites) for case in cases}
        for index, drive in enumerate(shown.drive_amplitudes if cases else ()):
            if (shown.length, drive) not in followed:
                text = f"a drive that chain.thermodynamics.cases has at length {shown.length}"
                raise refuse(text, at=("drive_amplitudes", index))
        if cases and shown.scaling_drive not in {drive for _, drive in followed}:
            raise refuse("a drive of chain.thermodynamics.cases", at=("scaling_drive",))
        wanted = set(shown.memory_sites)
        if cases and not wanted <= followed.get((shown.memory_length, shown.memory_drive), set()):
            text = "sites that are correlation_sites of the case of memory_length and memory_drive"
            raise refuse(text, at=("memory_sites",))
        return shown
