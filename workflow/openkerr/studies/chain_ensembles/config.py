"""Configuration of the chain's ensembles at chosen points: profiles, coherences, currents, distributions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ValidationInfo, field_validator

from openkerr.settings.checks import Increasing
from openkerr.settings.fields import Section, block, refuse, setting
from openkerr.studies.chain_settings import Drive, SingleChain, SingleChains, Site, SitesInChain


class EnsembleCase(SingleChain):
    """One point of ``chain.ensembles``; its intrinsic loss replaces that of ``chain.model``."""

    method: Literal["twa", "gpe"] = setting(
        "field equation: truncated Wigner, or Gross-Pitaevskii without bath noise; both start from the sampled vacuum"
    )
    intrinsic_loss_rate: Drive = setting("loss rate kappa at every site", "gamma")
    extent: float = setting("half side of the square of the histograms", "fields", gt=0, le=1e6)
    wigner_sites: SitesInChain = setting(
        "sites whose Wigner functions are kept as pictures", "sites", max_length=100, rule="increasing, up to length"
    )

    @property
    def point(self) -> tuple[str | float, ...]:
        """Method, length, drive and intrinsic loss."""
        return (self.method, self.length, self.drive_amplitude, self.intrinsic_loss_rate)


class ShownEnsembles(Section):
    """Cases that figures chain 3, 13 and 19 draw."""

    length: int = setting("number of sites in figures chain 3 and 13", "sites", ge=3, le=10_000)
    drive_amplitudes: tuple[Drive, Drive] = setting(
        "drives of figure chain 3; the second, which gpe must have too, is that of figure chain 13", "gamma"
    )
    sites: tuple[Site, Site, Site] = setting(
        "sites of the Wigner functions and momenta", "sites", rule="among the wigner_sites of these cases"
    )
    loss_length: int = setting("number of sites in figure chain 19", "sites", ge=3, le=10_000)
    loss_drives: tuple[Drive, Drive] = setting("drives of figure chain 19", "gamma")
    loss_rates: Annotated[tuple[Drive, ...], Increasing] = setting(
        "intrinsic loss rates of the Wigner functions in figure chain 19",
        "gamma",
        rule="increasing",
        min_length=2,
        max_length=4,
    )
    loss_site: Site = setting("site of these Wigner functions", "sites", rule="among the wigner_sites of these cases")


class ChainEnsembles(SingleChains):
    """Steady states of single chains with all that later figures need, each simulated once."""

    cases: tuple[EnsembleCase, ...] = block(
        "ensembles, each a point of its own", "chain_profiles, chain_coherence, chain_currents, chain_wigner",
        min_length=1, max_length=256,
    )  # fmt: skip
    shown: ShownEnsembles = block("cases that are drawn", "figure_chain_3, figure_chain_13, figure_chain_19")

    @field_validator("shown")
    @classmethod
    def _shown_exist(cls, shown: ShownEnsembles, info: ValidationInfo) -> ShownEnsembles:
        cases = info.data.get("cases", ())
        sites = {case.point: case.wigner_sites for case in cases}
        wanted: list[tuple[tuple[str, int, float, float], tuple[int, ...]]]
        wanted = [(("twa", shown.length, drive, 0.0), shown.sites) for drive in shown.drive_amplitudes]
        wanted += [(("gpe", shown.length, shown.drive_amplitudes[1], 0.0), ())]
        wanted += [
            (("twa", shown.loss_length, drive, loss), (shown.loss_site,))
            for drive in shown.loss_drives
            for loss in shown.loss_rates
        ]
        for point, needed in wanted if cases else ():
            method, length, drive, loss = point
            text = f"method {method}, length {length}, drive {drive:g} and intrinsic loss {loss:g}"
            if point not in sites:
                raise refuse(f"points that chain.ensembles.cases has, which lacks {text}")
            if not set(needed) <= set(sites[point]):
                raise refuse(f"sites that are wigner_sites of the case with {text}")
        return shown
