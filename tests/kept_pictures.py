"""Pictures of all figures that are kept beside the tests; run as a program, it makes them anew."""

from pathlib import Path

import geometry
from matplotlib.testing.compare import compare_images
from PIL import Image
from systems.figure_tables import TABLES, draw

KEPT = Path(__file__).parent / "pictures"

SHRINK = 4
"""Pixels of a figure that make one of its kept picture, in width and height: 50 an inch."""

TOLERANCE = 1.0
"""Root mean square, over pixels and colours from 0 to 255, up to which pictures are the same.

The smallest legend of all, moved by 8 points, makes 1.9; noise of 8 on every pixel that has ink stays below 1, since
each pixel that is compared is the mean of 16.
"""


def write_picture(seen: geometry.Look, path: Path) -> None:
    """Write a figure that was drawn as a small picture, the same bytes for the same pixels."""
    Image.fromarray(seen.pixels).convert("RGB").reduce(SHRINK).save(path)


def difference(seen: geometry.Look, kept: Path, folder: Path) -> str | None:
    """Return what tells a drawn figure from a kept picture, or None; both and their difference are left in a folder."""
    drawn = folder / kept.name
    write_picture(seen, drawn)
    return compare_images(str(kept), str(drawn), TOLERANCE)


def main() -> None:
    """Make all kept pictures anew, and take those of no figure away."""
    KEPT.mkdir(exist_ok=True)
    for path in KEPT.glob("*.png"):
        if path.stem not in TABLES:
            path.unlink()
    for name in TABLES:
        write_picture(geometry.look(draw(name)), KEPT / f"{name}.png")


if __name__ == "__main__":
    main()
