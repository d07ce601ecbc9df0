"""Configuration of the resonant nonlinear wave of the chain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from openkerr.settings.checks import Increasing, up_to
from openkerr.settings.fields import Section, block, refuse, setting

Drive = Annotated[float, Field(gt=0, le=1e6)]
Length = Annotated[int, Field(ge=2, le=1000)]
Site = Annotated[int, Field(ge=1, le=1000)]


class WavePoint(Section):
    """A chain whose wave is drawn site by site, beside the ensembles of ``chain.ensembles`` of the same chain."""

    length: int = setting("number of sites", "sites", ge=4, le=1000, rule="one of chain.wave.lengths")
    drive_amplitude: float = setting(
        "coherent drive amplitude F", "gamma", gt=0, le=1e6, rule="in the range of chain.wave.drive_amplitudes"
    )
    sites: Annotated[tuple[Site, Site, Site, Site], Increasing, up_to("length")] = setting(
        "sites whose Wigner functions are drawn", "sites", rule="strictly increasing, up to length"
    )
    center: Annotated[int, up_to("length")] = setting(
        "site about which g1 is drawn", "sites", ge=1, le=1000, rule="up to length"
    )


class Circuit(Section):
    """Microwave resonators in whose units the chain is told."""

    loss_rate: float = setting("loss gamma of an end through its line, over 2 pi", "MHz", gt=0, le=1e6)
    frequency: float = setting("frequency of the resonators", "GHz", gt=0, le=1e6)
    quality: float = setting("quality factor of a resonator that no line is coupled to", gt=0, le=1e15)


class Wave(Section):
    """Stationary branch of the resonant nonlinear wave, its stability and its linear fluctuations."""

    lengths: Annotated[tuple[Length, ...], Increasing] = setting(
        "chains whose branch is followed", "sites", min_length=1, max_length=200, rule="strictly increasing"
    )
    drive_amplitudes: Annotated[tuple[Drive, ...], Increasing] = setting(
        "drives at which the branch is tabulated, as far down as it goes; it is followed from the last one",
        "gamma",
        min_length=2,
        max_length=1000,
        rule="strictly increasing",
    )
    points: tuple[WavePoint, ...] = block(
        "chains that are drawn site by site; figures chain 6 and 18 show the first one",
        "chain_rnw_branch, figure_chain_6, figure_chain_18",
        min_length=1,
        max_length=20,
    )
    circuit: Circuit = block(Circuit.__doc__, "chain_circuit")

    @field_validator("points")
    @classmethod
    def _known_lengths(cls, points: tuple[WavePoint, ...], info: ValidationInfo) -> tuple[WavePoint, ...]:
        lengths = info.data.get("lengths")
        for index, point in enumerate(points):
            if lengths is not None and point.length not in lengths:
                raise refuse("one of chain.wave.lengths", at=(index, "length"))
        drives = info.data.get("drive_amplitudes")
        for index, point in enumerate(points):
            if drives is not None and not drives[0] <= point.drive_amplitude <= drives[-1]:
                text = f"a drive of the range of chain.wave.drive_amplitudes, {drives[0]:g} to {drives[-1]:g}"
                raise refuse(text, at=(index, "drive_amplitude"))
        return points
