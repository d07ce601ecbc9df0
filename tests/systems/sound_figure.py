"""A figure without a fault, in which tests plant some."""

import numpy as np
from matplotlib.figure import Figure

from openkerr.figures.style import COLORS, DOUBLE_COLUMN, journal_style, label_panel, new_figure


def sound(width: float = DOUBLE_COLUMN, legend: str = "lower right") -> Figure:
    """Two panels without a fault: lines with a legend and a note, and a map with its bar."""
    with journal_style():
        figure = new_figure(width, 3.0)
        left, right = figure.subplots(1, 2, gridspec_kw={"left": 0.1, "bottom": 0.16, "wspace": 0.3})
        x = np.linspace(0, 1, 50)
        left.plot(x, 1 + x**2, "o-", label="field")
        left.errorbar(x[::10], 2 + x[::10], 0.05, color=COLORS["red"], alpha=0.5, label="number")
        left.axhline(0.5, color="0.6")
        left.annotate("level", (0.5, 0.5), ha="center", va="bottom")
        left.set(xlabel="$x$", ylabel="$y$", ylim=(0, 4))
        left.legend(loc=legend)
        figure.colorbar(right.pcolormesh(np.outer(x, x), cmap="magma", rasterized=True))
        for index, axes in enumerate((left, right)):
            label_panel(axes, index)
    return figure
