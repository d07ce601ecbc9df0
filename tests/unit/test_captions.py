"""Captions take what they say from the settings that their figures state, at every scale."""

from pathlib import Path

import docutils.core
import jinja2
import pytest

from openkerr.figures.register import FIGURES, at_place
from openkerr.run.config import load_config
from openkerr.settings.fields import decisive

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = {path.stem: load_config(path) for path in (ROOT / "config").glob("*.yaml") if path.stem != "claims"}
CONFIGS["tiny"] = load_config(ROOT / "tests/config/tiny.yaml")


def test_every_figure_has_a_caption_and_every_caption_a_figure():
    assert {path.stem for path in (ROOT / "workflow/report").glob("*.rst")} == set(FIGURES)


@pytest.mark.parametrize("scale", CONFIGS)
@pytest.mark.parametrize("name", FIGURES)
def test_a_caption_is_whole_with_the_settings_of_its_figure(name, scale):
    figure = FIGURES[name]
    params = {key: decisive(at_place(CONFIGS[scale], place)) for key, place in figure.settings.items()}
    assert all(at_place(params, place) is not None for place in figure.drawn.values())
    source = (ROOT / f"workflow/report/{name}.rst").read_text(encoding="utf-8")
    said = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(source).render(snakemake={"params": params})
    assert len(said.split()) > 20 and not set("{}") & set(said)
    docutils.core.publish_string(said, settings_overrides={"halt_level": 2, "report_level": 2})
