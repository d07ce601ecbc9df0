"""Site and report are made without a warning, and are whole in a browser that has no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import browser
import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow
needs_browser = pytest.mark.skipif(browser.CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def site():
    if not (ROOT / ".tools").is_dir() or shutil.which("make") is None:
        pytest.skip("no tools of make: make env builds them")
    run = subprocess.run(
        ["make", "--no-print-directory", "docs"], cwd=ROOT, capture_output=True, text=True, env=dict(os.environ)
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return ROOT / "site"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def assert_whole(page, n_pictures):
    """Hold a page that is open to it: no error, nothing from the network, every picture seen, nothing wider than it."""
    found = page.evaluate(browser.PICTURES)
    assert len(found) >= n_pictures and all(seen for _, seen in found), found
    scrolled, seen = page.evaluate(browser.WIDTHS)
    assert scrolled <= seen
    assert not page.errors and not page.outside(), (page.errors, page.outside())


@needs_browser
@pytest.mark.parametrize("width", [1280, 400], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    ("name", "n_pictures"),
    [("index", 4), ("gallery/index", 40), ("gallery/torus_2", 1), ("results/torus_gaps", 8), ("theory/models", 0),
     ("reference/api", 0), ("reference/configuration", 0), ("validity", 0)],
)  # fmt: skip
def test_a_page_is_whole(site, page, name, n_pictures, width):
    page.open(site / f"{name}.html", width=width)
    assert_whole(page, n_pictures)
    assert len(page.evaluate("document.body.innerText")) > 500


@needs_browser
def test_search_finds_without_a_network(site, page):
    page.open(site / "index.html", "?q=homoclinic")
    page.wait("document.querySelectorAll('.md-search-result__item').length > 2")
    found = page.evaluate("[...document.querySelectorAll('.md-search-result__link')].map(each => each.href)")
    assert any("results/torus_transition" in each for each in found), found
    assert not page.outside()


def test_formulas_are_set(site):
    text = (site / "theory/models.html").read_text("utf-8")
    assert text.count("<math") > 5 and "$$" not in text


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    command = [sys.executable, "-m", "openkerr", "report", "results/record", "--output", str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return file


@needs_browser
@pytest.mark.parametrize("width", [1280, 400], ids=["desktop", "phone"])
def test_the_report_is_whole(report, page, width):
    page.open(report, width=width)
    assert_whole(page, 40)
    text = page.evaluate("document.body.textContent")
    for name in ("Torus figure 2: melting", "Parameters", "reproduced", "Costs", "snakemake --cores 2 figure_torus_2"):
        assert name in text, name


def test_a_folder_without_figures_has_no_report(tmp_path):
    command = [sys.executable, "-m", "openkerr", "report", str(tmp_path), "--output", str(tmp_path / "report.html")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (
        run.returncode == 2
        and run.stderr == f"report: {tmp_path} has no figures; allowed: a finished run, or the record\n"
    )
    assert not list(tmp_path.iterdir())
