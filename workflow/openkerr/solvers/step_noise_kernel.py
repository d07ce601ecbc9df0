# ruff: noqa: F821 -- fill_complex_normals is bound by openkerr.numerics.compilation.load_kernel
"""Noise of consecutive steps of one trajectory: template (see openkerr.numerics.compilation)."""

from openkerr.numerics.compilation import entry


@entry
def fill_steps(noise, seed, trajectory, first_step, purpose):
    """Fill ``noise`` (n_steps, 2, n_channels, 1) with what the ensemble solver draws for this trajectory."""
    for index in range(noise.shape[0]):
        fill_complex_normals(noise[index], seed, trajectory, first_step + index, purpose)
