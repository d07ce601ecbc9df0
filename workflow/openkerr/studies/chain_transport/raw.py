"""What the chains of a series keep: means of products of neighbouring fields, as one labelled data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.solvers.reductions import PRODUCTS
from openkerr.solvers.sde import Ensemble, Reduction
from openkerr.solvers.time_grid import TimeGrid, window_bins
from openkerr.studies.chain_transport.quantities import MOMENTS, QUANTITIES


def transport_reduction(length: int, grid: TimeGrid, burn_in: float, n_windows: int) -> Reduction:
    """Moments of all sites, products of nearest and next nearest neighbours, in windows after the burn-in."""
    pairs = [(site, site + distance) for distance in (1, 2) for site in range(length - distance)]
    return Reduction(bin_of_sample=window_bins(grid, burn_in, n_windows), pairs=pairs)


def site_means(ensemble: Ensemble) -> np.ndarray:
    """Means of `QUANTITIES` over the lanes of a batch and the samples of a window: (batch, window, site, quantity)."""
    n_batches, n_windows, length = ensemble.moments.shape[:3]
    means = np.full((n_batches, n_windows, length, len(QUANTITIES)), np.nan)
    chosen = [ensemble.moment_names.index(name) for name in MOMENTS]
    means[..., : len(MOMENTS)] = ensemble.moments[..., chosen]
    near, following = ensemble.pairs[:, :, : length - 1], ensemble.pairs[:, :, length - 1 :]
    for name, values, part in (
        ("near_re", near, "re"),
        ("near_im", near, "im"),
        ("dense_im", near, "dense_im"),
        ("next_im", following, "im"),
    ):
        means[:, :, : values.shape[2], QUANTITIES.index(name)] = values[..., PRODUCTS.index(part)]
    return means


def series_dataset(
    ensembles: Sequence[Ensemble], model: BoseHubbardChain, start: str, numerics: Mapping[str, Any]
) -> xr.Dataset:
    """Label the chains of one series, of which ``model`` is any.

    Returns
    -------
    xarray.Dataset
        ``means`` (batch, window, row, quantity), a row a site of a chain; ``row_length``, ``row_site`` (row);
        ``n_valid`` (batch), ``row_samples`` (window, row); scalar coordinates are the parameters of the model but for
        its length, and ``start``, ``time_step``.
    """
    lengths = [ensemble.moments.shape[2] for ensemble in ensembles]
    data = xr.Dataset(
        {
            "means": (
                ("batch", "window", "row", "quantity"),
                np.concatenate([site_means(ensemble) for ensemble in ensembles], axis=2),
                {"units": "1"},
            ),
            "n_valid": (("batch",), ensembles[0].weights, {"units": "1"}),
            "row_samples": (
                ("window", "row"),
                np.concatenate(
                    [
                        np.repeat(ensemble.samples_per_bin[:, None], length, axis=1)
                        for ensemble, length in zip(ensembles, lengths, strict=True)
                    ],
                    axis=1,
                ),
                {"units": "1"},
            ),
        },
        coords={
            "batch": ("batch", ensembles[0].first_trajectory),
            "quantity": ("quantity", list(QUANTITIES)),
            "row_length": ("row", np.repeat(lengths, lengths)),
            "row_site": ("row", np.concatenate([np.arange(1, length + 1) for length in lengths])),
        },
    )
    scalars = model.coordinates()
    scalars.pop("length")
    return data.assign_coords(scalars).assign_coords(
        start=((), start, {"units": "1"}), time_step=((), numerics["time_step"], {"units": "1/gamma"})
    )
