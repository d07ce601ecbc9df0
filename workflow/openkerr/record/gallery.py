"""Figures of a run or of the record with what belongs to them: caption, settings, tables, claims, cost, trail."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openkerr.figures.register import FIGURES, Declaration, at_place
from openkerr.record.text import CONFIGURATIONS, trail
from openkerr.record.trace import Link, Tracer
from openkerr.run.config import RunConfig, load_config
from openkerr.run.extensions import known_extensions
from openkerr.run.judged import judge_results
from openkerr.settings.fields import decisive

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PAPERS", "Plate", "caption_html", "core_time", "plates"]

PAPERS = {
    "torus": "Torus: two coupled cavities",
    "chain": "Chain: a boundary-driven Bose-Hubbard chain",
    "methods": "Methods",
    "extensions": "Systems of extensions",
}
"""Titles of the groups of figures."""

ROOT = Path(__file__).resolve().parents[3]
_CONFIG = ROOT / "config" / "config.yaml"
_PAPER = ROOT / "config" / "paper.yaml"
_EARLIER = """

Numbers of this caption are today's of the papers' scale: the picture is of an earlier revision, which stated others.
"""


@dataclass(frozen=True)
class Plate:
    """A figure: its picture, None where it is not there yet, and what it rests on.

    `settings` are those that it was made with, today's at the papers' scale where it is not there; `core_seconds` is
    what its whole trail took, shared with other figures.
    """

    name: str
    declared: Declaration
    picture: Path | None
    caption: str
    settings: Mapping[str, Any]
    command: str
    claims: pd.DataFrame
    core_seconds: float | None
    link: Link | None

    @property
    def trail(self) -> str:
        """The trail of the picture as plain text, empty where there is none."""
        return "" if self.link is None else trail(self.link)


def plates(results: Path) -> list[Plate]:
    """Return all figures that are declared, in the order of the papers, with what a folder of results has of them."""
    claims, tracer, found = judge_results(results).frame, Tracer(), []
    declared = {**FIGURES, **{name: extension.figure for name, extension in known_extensions().items()}}
    for name in sorted(declared, key=lambda each: (list(PAPERS).index(declared[each].paper), _place(each))):
        figure = declared[name]
        picture = results / "figures" / f"{name}.png"
        link = tracer.trace(picture) if picture.is_file() else None
        settings = _today(name) if link is None else _made_with(link)
        found.append(
            Plate(
                name=name,
                declared=figure,
                picture=picture if link else None,
                caption=caption_html(name, settings),
                settings={
                    key: settings[key]
                    for key in settings
                    if key not in ("figure", "fingerprint", "drawn", "dpi", "folder")
                },
                command=f"snakemake --cores 2 figure_{name}{_configuration(link)}",
                claims=claims[claims["table"].isin(figure.inputs)],
                core_seconds=core_time(link) if link else None,
                link=link,
            )
        )
    return found


def core_time(link: Link) -> float:
    """Return the core time in seconds that all files of a trail took, each job once."""
    jobs = {
        (each.rule, run.get("date"), run.get("elapsed_seconds")): run["elapsed_seconds"] * run.get("n_threads", 1)
        for each in link.walk()
        if "elapsed_seconds" in (run := each.run)
    }
    return sum(jobs.values())


def caption_html(name: str, settings: Mapping[str, Any]) -> str:
    """Return a figure's caption as HTML, with its numbers from the settings.

    Where these are of an earlier caption, which asked for others, numbers are today's, and the caption says so.
    """
    import docutils.core
    import jinja2

    extension = known_extensions().get(name)
    file = ROOT / "workflow" / "report" / f"{name}.rst" if extension is None else extension.path / "caption.rst"
    source = file.read_text(encoding="utf-8")
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(source)
    try:
        text = template.render(snakemake={"params": settings})
    except jinja2.UndefinedError:
        text = template.render(snakemake={"params": _today(name)})
        text += _EARLIER
    options = {"halt_level": 2, "report_level": 2, "math_output": "MathML", "initial_header_level": 3}
    return docutils.core.publish_parts(text, writer="html5", settings_overrides=options)["body"]


@functools.cache
def _config(paper: bool) -> RunConfig:
    return load_config([_CONFIG, _PAPER] if paper else [_CONFIG])


def _today(name: str) -> dict[str, Any]:
    if name in known_extensions():
        return {"settings": decisive(known_extensions()[name].settings)}
    return {key: decisive(at_place(_config(True), place)) for key, place in FIGURES[name].settings.items()}


def _made_with(link: Link) -> Mapping[str, Any]:
    parameters = link.origin.get("parameters")
    return parameters if isinstance(parameters, Mapping) else {}


def _configuration(link: Link | None) -> str:
    """Return what such a run is started with besides its target; the record's is that of the papers."""
    scale = "paper" if link is None or link.file is None else link.file.parts[-3]
    return CONFIGURATIONS.get("paper" if scale == "record" else scale, " --configfile YOURS.yaml")


def _place(name: str) -> tuple[int, str]:
    """Sort by the number of the published figure, others behind them."""
    digits = "".join(filter(str.isdigit, name.split("_")[1])) if "_" in name else ""
    return (int(digits) if digits else 1000, name)
