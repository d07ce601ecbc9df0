"""Numbers that pages quote are those of the record's tables, and are found where they are not."""

import io
import re
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from openkerr.claims.headlines import (
    MARK,
    Headlines,
    concise,
    csv_text,
    load_headlines,
    marked,
    numbers_found,
    numbers_text,
    tex_text,
)
from openkerr.claims.ledger import ClaimsError
from openkerr.claims.verdicts import read_tables
from openkerr.figures.register import FIGURES
from openkerr.record.costs import recorded_seconds, with_costs
from openkerr.run.config import load_config
from openkerr.run.estimate import duration, estimate
from openkerr.run.extensions import known_tables

ROOT = Path(__file__).parents[2]
HEADLINES = load_headlines(ROOT / "docs/numbers.yaml")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# What looks like a result: an error in brackets, or four digits behind the point.
RESULT = re.compile(r"[−-]?\d+(?:\.\d+)?\(\d+(?:\.\d+)?\)|[−-]?\d+\.\d{4,}")
NO_RESULT = re.compile(r"```.*?```|`[^`\n]*`|\[arXiv:[^\]]*|\]\([^)]*\)", re.DOTALL)


@pytest.fixture(scope="module")
def numbers():
    columns = HEADLINES.columns()
    paths = {name: ROOT / f"results/record/tables/{name}.csv" for name in columns}
    return numbers_text(HEADLINES, read_tables(paths, known_tables(), columns))


@pytest.mark.parametrize(
    ("value", "error", "digits", "text"),
    [(1.0504026, 0.002519, 4, "1.0504(25)"), (45.6797, 1.1107, 4, "45.7(1.1)"), (-97.4, 3.2, 4, "−97(3)"),
     (134.0, 12.0, 4, "134(12)"), (134.0, 31.0, 4, "130(30)"), (0.106831, 0.00496, 4, "0.107(5)"),
     (0.0396, 0.000296, 4, "0.0396(3)"), (0.96857, 0.0, 5, "0.96857"), (0.5, 0.0996, 4, "0.50(10)")],
)  # fmt: skip
def test_numbers_are_written_with_their_errors(value, error, digits, text):
    assert concise(value, error, digits) == text


def test_every_mark_is_a_number_of_the_record(numbers):
    said = [(page, mark[1]) for page in PAGES for mark in MARK.finditer(page.read_text("utf-8"))]
    assert {name for _, name in said} <= set(numbers) and len(said) >= 10
    for page in PAGES:
        text = page.read_text("utf-8")
        assert marked(text, numbers) == text, f"{page}: python -m openkerr numbers --write"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_mark_begins_a_line(page):
    """A comment there is a block of HTML, and ends the list that it stands in."""
    assert not re.findall(rf"(?m)^\s*{MARK.pattern}", page.read_text("utf-8"))


def test_every_page_of_results_is_looked_at():
    pages = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs/results").glob("*.md")}
    assert pages | {"README.md", "docs/index.md"} <= set(HEADLINES.unmarked)


@pytest.mark.parametrize("page", HEADLINES.unmarked)
def test_a_page_has_no_more_results_without_a_mark(page):
    text = NO_RESULT.sub("", MARK.sub("", (ROOT / page).read_text("utf-8")))
    found = RESULT.findall(text)
    assert len(found) <= HEADLINES.unmarked[page], f"put new ones behind marks of docs/numbers.yaml; among {found}"


def test_costs_in_readme_are_those_of_record_and_estimate():
    figures, total = recorded_seconds(ROOT / "results/record")
    assert max(figures.values()) < total < sum(figures.values())
    paper = load_config([ROOT / "config/config.yaml", ROOT / "config/paper.yaml"])
    text = (ROOT / "README.md").read_text("utf-8")
    assert with_costs(text, figures, total, paper) == text, "python -m openkerr numbers --write"
    assert f"expects {duration(sum(each.seconds for each in estimate(paper)))} of core time" in text
    assert set(re.findall(r"`figure_(\w+)`", text)) == set(FIGURES)


def test_a_result_without_a_mark_is_found_and_a_changed_one_replaced(numbers):
    assert RESULT.findall("at 1.0504(25), and ω = 0.9686 or −97(3)") == ["1.0504(25)", "0.9686", "−97(3)"]
    assert marked("ω = <!-- fold_of_cycle -->0.9, <!-- other -->1", numbers) == (
        "ω = <!-- fold_of_cycle -->0.96857, <!-- other -->1"
    )


def test_a_number_that_is_not_in_the_tables_is_refused():
    entry = {"name": "a", "meaning": "m", "measured": {"table": "t", "column": "x"}}
    headlines = Headlines.model_validate({"unmarked": {}, "numbers": [entry]})
    with pytest.raises(ClaimsError, match="number a: 2 rows of t are selected where one is wanted"):
        numbers_text(headlines, {"t": pd.DataFrame({"x": [1.0, 2.0]})})
    with pytest.raises(ClaimsError, match="number a: there is no table t"):
        numbers_text(headlines, {})
    assert numbers_text(headlines, {"t": pd.DataFrame({"x": [1.0], "x_stderr": [0.12]})})["a"] == (
        1.0,
        0.12,
        "1.00(12)",
    )


def test_an_entry_stands_for_a_number_of_every_combination_of_values():
    frame = pd.DataFrame({"f": [8.5, 8.5, 9.0], "l": [10, 20, 10], "v": [1.0, 2.0, 3.0], "v_stderr": [0.1, 0.2, 0.3]})
    entry = {
        "name": "v",
        "meaning": "m",
        "each": {"l": [10, 20], "f": [8.5, 9]},
        "measured": {"table": "t", "column": "v"},
    }
    found, missing = numbers_found(Headlines.model_validate({"unmarked": {}, "numbers": [entry]}), {"t": frame})
    assert {name: text for name, (_, _, text) in found.items()} == {
        "v_10_8_5": "1.00(10)",
        "v_20_8_5": "2.00(20)",
        "v_10_9": "3.0(3)",
    }
    assert list(missing) == ["v_20_9"] and "no row of t has f = 9" in missing["v_20_9"]
    assert marked("<!-- v_20_9 -->7, <!-- v_10_9 -->7", found) == "<!-- v_20_9 -->7, <!-- v_10_9 -->3.0(3)"
    with pytest.raises(ValidationError, match="each name once"):
        Headlines.model_validate({"unmarked": {}, "numbers": [entry, {**entry, "name": "v_10", "each": {"f": [8.5]}}]})


def test_columns_are_those_that_numbers_read():
    asked = {"table": "t", "column": "v", "select": {"l": 1}, "at": {"least": "w"}, "times": "x", "minus": "y"}
    entry = {"name": "a", "meaning": "m", "each": {"f": [1]}, "measured": asked}
    assert Headlines.model_validate({"unmarked": {}, "numbers": [entry]}).columns() == {
        "t": ["l", "f", "w", "v", "x", "y", "v_stderr"]
    }


def test_macros_have_names_and_values_that_tex_takes(numbers):
    claims = [
        {"claim": "torus_01a", "ours": 1.05, "ours_error": 0.01, "verdict": "reproduced"},
        {"claim": "chain_2", "ours": float("nan"), "ours_error": float("nan"), "verdict": "unresolved"},
    ]
    lines = tex_text(numbers, claims).splitlines()[1:]
    assert len(lines) == len(numbers) + 3
    macros = [
        re.fullmatch(r"\\newcommand\{\\([A-Za-z]+)\}\{(\\ensuremath\{[-0-9.()]+\}|[a-z]+)\}", each) for each in lines
    ]
    assert all(macros) and len({each[1] for each in macros}) == len(macros)
    frame = pd.read_csv(io.StringIO(csv_text(numbers, claims)))
    assert len(frame) == len(numbers) + 2 and set(frame["verdict"].dropna()) == {"reproduced", "unresolved"}
