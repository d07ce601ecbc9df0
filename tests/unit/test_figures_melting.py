"""Figures of the melting in phase space and of switching: what they show of their tables."""

import docutils.core
import jinja2
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from openkerr.figures import torus_4, torus_5, torus_switching
from openkerr.figures.style import journal_style
from openkerr.run.config import load_config
from openkerr.runtime.provenance import ROOT

CONFIG = load_config(ROOT.parent / "tests/config/tiny.yaml").torus


def wigner(times=(0.0, 10.0, 20.0)) -> tuple[xr.Dataset, pd.DataFrame]:
    alephs, middles = [200.0, 4000.0], np.linspace(-1.2, 1.2, 12)
    radius = np.hypot(middles[:, None], middles)
    density = np.broadcast_to(np.exp(-(((radius - 0.6) / 0.2) ** 2)), (2, len(times), 2, 12, 12))
    maps = xr.Dataset(
        {
            "wigner": (("aleph", "time", "mode", "re", "im"), density),
            "gpe_re": (("mode", "time"), np.full((2, len(times)), 0.5)),
            "gpe_im": (("mode", "time"), np.full((2, len(times)), -0.2)),
            "torus_radius": (("mode", "edge"), [[0.3, 0.8], [0.5, 0.7]]),
        },
        coords={"aleph": alephs, "time": list(times), "mode": [1, 2], "re": middles, "im": middles,
                "edge": ["inner", "outer"]},
    )  # fmt: skip
    index = pd.MultiIndex.from_product(
        [alephs, [1, 2], np.arange(0.0, 55.0, 5.0), [0.0, 3.0]], names=["aleph", "mode", "time", "margin"]
    )
    weight = pd.DataFrame({"weight": 0.9, "weight_stderr": 0.01, "n_trajectories": 64}, index=index).reset_index()
    return maps, weight


def scaling_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    alephs, times = np.array([500.0, 1000.0, 2000.0, 5000.0]), np.geomspace(10.0, 300.0, 9)
    rows = [
        {"aleph": a, "mode": m, "time": t, "circular_variance_mean": -np.expm1(-47 * t / a)}
        for a in alephs for m in (1, 2) for t in times
    ]  # fmt: skip
    variance = pd.DataFrame(rows).assign(circular_variance_mean_stderr=0.01)
    values = {"d1": -1.0, "d2": 1.0, "c1": 47.0, "c2": 47.0, "alpha": 1.0, "beta": -1.0, "k2": 1.0}
    values |= {"k1": 47 / 2000 / (47 * times[4]), "collapse_rms": 0.0, "collapse_rms_printed": 0.4}
    frames = []
    for case in ("default", "mode_2"):
        for window in ("aleph_500_5000_time_10_300_all", "aleph_500_5000_time_10_300_3"):
            frames.append(
                pd.DataFrame({"quantity": list(values), "value": list(values.values())}).assign(
                    case=case, window=window, aleph_min=500.0, aleph_max=5000.0, n_alephs=3, time_min=10.0,
                    time_max=300.0, n_times=3, aleph_reference=2000.0, time_reference=times[4],
                )
            )  # fmt: skip
    contour = frames[0][:2].assign(
        quantity=["contour_factor", "contour_exponent"], value=[np.log(2) / 47, 1.0], window="variance_0.5"
    )
    return variance, pd.concat([*frames, contour], ignore_index=True).assign(stderr=0.02)


def switching_tables() -> tuple[pd.DataFrame, ...]:
    omegas, alephs = [0.92, 0.95, 0.96, 0.975], np.array([4e3, 7e3, 1e4])
    basins = pd.DataFrame(
        [
            {"omega": omega, "attractor": name, "share": share, "share_stderr": 0.02}
            for omega, torus in zip(omegas, (0.0, 0.7, 0.8, 1.0), strict=True)
            for name, share in (("limit_torus", torus), ("limit_cycle", 1 - torus), ("other", 0.0))
        ]
    )
    weights = pd.DataFrame(
        [
            {"omega": omega, "aleph": aleph, "start": start, "torus_weight": 0.5, "torus_weight_stderr": 0.02}
            for omega in omegas for aleph in alephs for start in ("cycle", "torus")
        ]
    )  # fmt: skip
    rows, laws = [], []
    for omega in (0.95, 0.96):
        for direction in ("cycle_to_torus", "torus_to_cycle"):
            rates = 0.05 * np.exp(-2e-4 * alephs)
            rows.append(pd.DataFrame({"omega": omega, "direction": direction, "aleph": alephs, "rate": rates}))
            for law, chi in (("exponential", 1.0), ("power", 30.0)):
                laws.append({"omega": omega, "direction": direction, "law": law, "coefficient": 2e-4,
                             "coefficient_stderr": 1e-5, "log_prefactor": np.log(0.05), "chi_squared": chi,
                             "n_alephs": 3})  # fmt: skip
    switching = pd.concat(rows).assign(resolved=[1, 1, 0] * 4)
    switching["rate_stderr"] = 0.1 * switching["rate"]
    bifurcations = pd.DataFrame(
        {
            "object": ["relative_equilibrium", "relative_periodic_orbit", "relative_periodic_orbit"],
            "bifurcation": ["fold", "fold", "homoclinic"],
            "omega": [0.9686, 0.9262, 0.92624],
        }
    )
    return basins, weights, switching, pd.DataFrame(laws), bifurcations


FIGURES = {
    "torus_4": lambda: torus_4.draw(*wigner()),
    "torus_5": lambda: torus_5.draw(*scaling_tables()),
    "torus_switching": lambda: torus_switching.draw(*switching_tables()),
}


def test_torus_4_has_a_panel_for_every_ensemble_mode_and_time():
    figure = torus_4.draw(*wigner())
    maps, weights = figure.axes[:12], figure.axes[12:]
    assert [axes.get_title() for axes in maps[:3]] == [rf"$\eta t = {t}$" for t in (0, 10, 20)]
    for axes in maps:
        assert len(axes.images) == 1 and len(axes.patches) == 1
        assert all(line.get_xydata().tolist() == [[0.5, -0.2]] for line in axes.lines)
    assert [ring.get_radii()[0] for ring in (maps[0].patches[0], maps[3].patches[0])] == pytest.approx([0.8, 0.7])
    for axes in weights:
        assert len(axes.lines) == 4
        assert all(line.get_xdata().min() >= 10 for line in axes.lines)


def test_torus_4_shows_at_most_seven_times():
    figure = torus_4.draw(*wigner(np.arange(0.0, 100.0, 5.0)))
    assert len(figure.axes) == 4 * 7 + 2


def test_torus_5_draws_the_first_window_and_all_fits():
    variance, scaling = scaling_tables()
    window = torus_5.drawn_window(scaling)
    assert window["name"].endswith("300_3") and window["d1"] == -1 and window["k2"] == 1
    figure = torus_5.draw(variance, scaling)
    families = [len(axes.containers) for axes in figure.axes[:3]]
    assert families == [3, 3, 6]
    # Where R is a function of t/aleph all points stand on the exponential.
    line = next(line for line in figure.axes[2].lines if len(line.get_xdata()) == 200)
    for container in figure.axes[2].containers:
        x, y = container.lines[0].get_xydata().T
        np.testing.assert_allclose(np.interp(x, *line.get_xydata().T), y, atol=1e-3)
    with pytest.raises(ValueError, match="no window of mode 1"):
        torus_5.draw(variance, scaling[scaling["case"] == "mode_2"])


def test_switching_shows_resolved_rates_alone_and_both_folds():
    tables = switching_tables()
    assert torus_switching.coexistence(tables[-1]) == [0.9262, 0.9686]
    figure = torus_switching.draw(*tables)
    for axes in figure.axes[2:4]:
        assert [len(container.lines[0].get_xdata()) for container in axes.containers] == [2, 2]
    assert len(figure.axes[5].lines[0].get_xdata()) == 2
    empty = tables[2].assign(resolved=0), tables[3][:0]
    torus_switching.draw(*tables[:2], *empty, tables[-1]).draw_without_rendering()


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_page(name):
    figure = FIGURES[name]()
    with journal_style():
        figure.draw_without_rendering()
        page = figure.bbox
        boxes = [text.get_window_extent() for text in [*figure.texts, *figure.legends]]
        for box in [*boxes, *(axes.get_tightbbox() for axes in figure.axes)]:
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


@pytest.mark.parametrize(
    ("name", "settings", "facts"),
    [
        ("torus_4", CONFIG.wigner, ["64 trajectories", "side 0.125", "standard error", "3/(2√ℵ)"]),
        ("torus_5", CONFIG.circular_variance, ["64 trajectories", "standard error", "independent batches", "3 curves"]),
        ("torus_switching", CONFIG.switching, ["32 trajectories", "16 random starts", "standard error", "ηt = 200"]),
    ],
)
def test_captions_state_parameters_and_statistics(name, settings, facts):
    source = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    params = {"model": CONFIG.model.model_dump(), "settings": settings.model_dump(), "initial_amplitude": 0.05}
    text = environment.from_string(source).render(snakemake={"params": params})
    for fact in facts:
        assert fact in " ".join(text.split()), fact
    docutils.core.publish_parts(text, writer="html", settings_overrides={"halt_level": 2})
