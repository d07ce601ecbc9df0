"""Faults that a reader of the paper on the chain would name, by claim: see claim_faults.py."""

import numpy as np
import pandas as pd
from systems.claim_faults import Case, change, grid

LENGTHS = [10, 30, 60]
DRIVES = [0.5, 1.0, 2.0, 4.5, 6.0, 7.0, 8.0, 8.5, 9.0, 10.0, 11.0, 12.0]


def _phase_diagram() -> pd.DataFrame:
    """The map of Fig. 2 as it is told: I up to 2, II up to 8.5, then III; the first, middle and last site."""
    frame = grid(
        geometry=["boundary", "uniform"], method="twa", length=LENGTHS, drive_amplitude=DRIVES, place=[0, 1, 2]
    )
    ends = [np.ones(len(frame)), frame["length"] // 2, frame["length"]]
    frame["site"] = np.choose(frame.pop("place"), ends).astype(int)
    drive = frame["drive_amplitude"].to_numpy()
    frame["regime"] = np.where(drive <= 2, "I", np.where(drive <= 8.5, "II", "III"))
    chaos, wave = frame["regime"].eq("II"), frame["regime"].eq("III")
    frame["photon_number"] = np.where(wave, 47.6, np.where(chaos, 3 * drive, drive**2 / 4))
    frame["number_fluctuation"] = np.where(wave, -18.0, np.where(chaos, 70.0 + drive, 0.0))
    frame["mandel_q"] = frame["number_fluctuation"] / frame["photon_number"]
    frame["otoc_saturation"] = np.where(chaos & (frame["geometry"] == "boundary"), 0.99, 0.01)
    frame.loc[frame["site"] == 1, "otoc_saturation"] *= 0.7
    for name in ("photon_number", "number_fluctuation", "mandel_q", "otoc_saturation"):
        frame[f"{name}_stderr"] = 0.005
    return frame


def _boundaries() -> pd.DataFrame:
    """Leap and peak at one drive, a transition to the wave that is three times as narrow as that to chaos."""
    frame = grid(
        geometry=["boundary", "uniform"], length=LENGTHS, boundary=["one_two", "two_three", "leap", "fluctuation_peak"]
    )
    kind = frame["boundary"]
    frame["drive_amplitude"] = kind.map({"one_two": 3.0, "two_three": 9.0, "leap": 9.0, "fluctuation_peak": 9.0})
    frame["width"] = kind.map({"one_two": 1.5, "two_three": 0.5, "leap": 0.25, "fluctuation_peak": 0.25})
    return frame.assign(drive_amplitude_stderr=0.04, burn_in=2000.0, window=2000.0)


def _lossy_profiles() -> pd.DataFrame:
    """Photon numbers of chains with intrinsic loss at F = 8 and 10.5: kept, then chaotic, then nearly none."""
    frame = grid(
        method="twa", length=60, drive_amplitude=[8.0, 10.5], loss=[0.0, 0.001, 0.003, 0.03, 0.3], site=range(1, 61)
    )
    loss, wave = frame["loss"], frame["drive_amplitude"].eq(10.5) & frame["loss"].le(0.003)
    full = np.where(frame["drive_amplitude"] == 8.0, 40.0 * np.exp(-3 * loss * frame["site"]), 64.6)
    frame["photon_number"] = np.where(loss >= 0.03, 30.0 * np.exp(-loss * frame["site"]), full) * np.where(
        loss > 0.1, 0.05, 1
    )
    frame["number_fluctuation"] = np.where(wave, -33.0, 200.0)
    frame["circular_variance"] = np.where(wave, 0.13, 1.0)
    for name in ("photon_number", "number_fluctuation", "circular_variance"):
        frame[f"{name}_stderr"] = 0.001
    return frame


def _relaxation() -> pd.DataFrame:
    """A coherence of two sites that decays exponentially, amplitudes over most of the chain."""
    frame = grid(method="twa", loss=0.0, drive_amplitude=[4.5, 8.0, 9.0], length=[40, 60, 100, 150])
    frame["amplitude_length"] = 0.08 * frame["length"] * frame["drive_amplitude"]
    frame["coherence_length"], frame["coherence_length_e2"] = 2.0, 4.0
    return frame.assign(amplitude_length_stderr=0.1, coherence_length_stderr=0.02, coherence_length_e2_stderr=0.05)


def _growth() -> pd.DataFrame:
    """Growth of D: exponential in chaos, slower in the wave, which swings at first."""
    frame = grid(length=60, drive_amplitude=[8.0, 10.5], source=[1, 30, 60], angle=[1e-12, 1e-4, 1e-2])
    wave = frame["drive_amplitude"] == 10.5
    frame["sampled_rate_early"], frame["sampled_rate_late"] = np.where(wave, 0.1, 1.7), np.where(wave, 0.06, 1.7)
    frame["growth_rate_early"], frame["growth_rate_late"] = np.where(wave, 0.078, 1.9), np.where(wave, 0.078, 1.9)
    frame["early_fall"] = np.where(wave, 3.8, 0.4)
    for name in ("sampled_rate_early", "sampled_rate_late", "growth_rate_early", "growth_rate_late", "early_fall"):
        frame[f"{name}_stderr"] = 0.002
    return frame


def _profiles() -> pd.DataFrame:
    """Fields of chaos by both methods: a phase at the drive, a ring up to site 60, a bell beyond."""
    frame = grid(method=["twa", "gpe"], loss=0.0, drive_amplitude=8.0, length=100, site=range(1, 101))
    frame["ring_contrast"] = np.where(frame["site"] <= 60, 0.5, -0.3)
    frame["circular_variance"] = np.where(frame["site"] <= 3, 0.6, 1.0)
    return frame.assign(ring_contrast_stderr=0.01, circular_variance_stderr=0.005)


def _thermometers() -> pd.DataFrame:
    """Fig. 4 at F = 8: T rises to site 67 and falls, μ is level over most of the chain."""
    frame = grid(length=100, drive_amplitude=8.0, estimator="maximum_likelihood", model="gibbs", site=range(1, 101))
    site = frame["site"]
    frame["temperature"] = np.where(site <= 67, 50.0 + site, 117.0 - 2.0 * (site - 67))
    frame["chemical_potential"] = np.where(site <= 80, 4.0, -1.0)
    return frame.assign(temperature_stderr=0.1, chemical_potential_stderr=0.01)


_MAP, _EDGES, _LOSSY = ({name: make()} for name, make in (
    ("chain_phase_diagram", _phase_diagram), ("chain_boundaries", _boundaries), ("chain_profiles", _lossy_profiles),
))  # fmt: skip
_LENGTHS_OF, _OTOC = {"chain_relaxation": _relaxation()}, {"chain_otoc_rates": _growth()}
_FIELDS, _HEAT = {"chain_profiles": _profiles()}, {"chain_thermometry": _thermometers()}


def _at_last(**columns):
    """A fault of the boundary-driven chain's last site."""

    def where(length, **values):
        return change("chain_phase_diagram", **columns)(geometry="boundary", length=length, site=length, **values)

    return where


CASES: dict[str, Case] = {
    "chain_01a": Case(_MAP, {"Q = 0.6 in a long chain at F = 1": _at_last(mandel_q=0.6)(60, drive_amplitude=1.0)}),
    "chain_01b": Case(
        _MAP, {"one long chain is sub-Poissonian": _at_last(number_fluctuation=-3.0)(60, drive_amplitude=8.0)}
    ),
    "chain_01e": Case(_MAP, {"n_L goes on as before": _at_last(photon_number=30.0)(10, drive_amplitude=10.0)}),
    "chain_01f": Case(_MAP, {"D stays at 0.6 in a long chain": _at_last(otoc_saturation=0.6)(60, drive_amplitude=6.0)}),
    "chain_01g": Case(_MAP, {"D of a long chain grows": _at_last(otoc_saturation=0.5)(60, drive_amplitude=0.5)}),
    "chain_01h": Case(_MAP, {"a long chain decorrelates": _at_last(otoc_saturation=0.8)(60, drive_amplitude=12.0)}),
    "chain_01i": Case(_MAP, {"a long chain is Poissonian": _at_last(number_fluctuation=1.0)(60, drive_amplitude=11.0)}),
    "chain_01k": Case(
        _EDGES,
        {
            "II/III as wide as I/II in a long chain": change("chain_boundaries", width=1.6)(
                length=60, boundary="two_three"
            )
        },
    ),
    "chain_01l": Case(
        _EDGES,
        {
            "the peak lies half a unit below the leap": change("chain_boundaries", drive_amplitude=8.5)(
                length=30, boundary="fluctuation_peak", geometry="boundary"
            )
        },
    ),
    "chain_10b": Case(
        _EDGES,
        {
            "it jumps half a unit later": change("chain_boundaries", drive_amplitude=9.5)(
                geometry="uniform", boundary="leap"
            )
        },
    ),
    "chain_05o": Case(_MAP, {"a long wave is thinner": _at_last(photon_number=40.0)(60, drive_amplitude=12.0)}),
    "chain_02e": Case(
        _LENGTHS_OF,
        {
            "phases relax over as much of the chain as amplitudes": change(
                "chain_relaxation", coherence_length=lambda rows: rows["amplitude_length"]
            )(length=150)
        },
    ),
    "chain_02l": Case(
        _LENGTHS_OF, {"g1 decays as a power": change("chain_relaxation", coherence_length_e2=7.4)(length=100)}
    ),
    "chain_02g": Case(
        _LENGTHS_OF,
        {
            "no longer in 150 sites than in 40": change("chain_relaxation", amplitude_length=25.0)(
                drive_amplitude=8.0, length=150
            )
        },
    ),
    "chain_02h": Case(
        _LENGTHS_OF,
        {"at 100 sites no longer": change("chain_relaxation", amplitude_length=30.0)(drive_amplitude=8.0, length=100)},
    ),
    "chain_02j": Case(_FIELDS, {"full in the middle at site 6": change("chain_profiles", ring_contrast=-0.1)(site=6)}),
    "chain_02k": Case(_FIELDS, {"a ring to the end": change("chain_profiles", ring_contrast=0.1)(site=95)}),
    "chain_11c": Case(_FIELDS, {"no ring": change("chain_profiles", ring_contrast=-0.1)(site=7, method="gpe")}),
    "chain_11d": Case(_FIELDS, {"no phase": change("chain_profiles", circular_variance=1.0)(site=2, method="gpe")}),
    "chain_11e": Case(_FIELDS, {"no bell": change("chain_profiles", ring_contrast=0.1)(site=95, method="gpe")}),
    "chain_07c": Case(
        _OTOC, {"growth slows down": change("chain_otoc_rates", sampled_rate_late=0.8)(drive_amplitude=8.0, angle=1e-4)}
    ),
    "chain_07f": Case(
        _OTOC, {"exponential": change("chain_otoc_rates", sampled_rate_late=0.12)(drive_amplitude=10.5, angle=1e-2)}
    ),
    "chain_07k": Case(
        _OTOC, {"it slows down": change("chain_otoc_rates", growth_rate_late=0.05)(drive_amplitude=10.5, source=60)}
    ),
    "chain_07l": Case(
        _OTOC, {"monotonic from the end": change("chain_otoc_rates", early_fall=0.0)(drive_amplitude=10.5, source=60)}
    ),
    "chain_13a": Case(
        _LOSSY,
        {"half is gone": change("chain_profiles", photon_number=15.0)(loss=0.003, site=30, drive_amplitude=8.0)},
    ),
    "chain_13d": Case(
        _LOSSY,
        {
            "the weakest loss destroys it, a stronger one does not": change("chain_profiles", photon_number=30.0)(
                loss=0.001
            )
        },
    ),
    "chain_13g": Case(_LOSSY, {"its phase is lost": change("chain_profiles", circular_variance=0.9)(loss=0.001)}),
    "chain_13h": Case(_LOSSY, {"it fluctuates": change("chain_profiles", number_fluctuation=5.0)(loss=0.001)}),
    "chain_13e": Case(_LOSSY, {"its phase stays": change("chain_profiles", circular_variance=0.3)(loss=0.03, site=22)}),
    "chain_13i": Case(
        _LOSSY, {"sub-Poissonian": change("chain_profiles", number_fluctuation=-5.0)(loss=0.03, site=22)}
    ),
    "chain_13j": Case(_LOSSY, {"a flat profile": change("chain_profiles", photon_number=64.0)(loss=0.03, site=25)}),
    "chain_03h": Case(_HEAT, {"T falls halfway": change("chain_thermometry", temperature=40.0)(site=40)}),
    "chain_03p": Case(_HEAT, {"μ falls all along": change("chain_thermometry", chemical_potential=2.0)(site=60)}),
}

PENDING = frozenset[str]()
"""Claims that some fault passes, until they are mended."""
