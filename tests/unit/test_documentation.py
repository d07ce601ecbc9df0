"""The documentation: links lead somewhere, and claims of ours stand on a page that there is."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("config/*.md"),
    ]
)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub and the site make them."""
    headings = re.findall(
        r"(?m)^#+ (.*)$",
        CODE.sub(lambda code: code.group() if "\n" not in code.group() else "", page.read_text("utf-8")),
    )
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower())) for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page):
    for link in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_claims_of_ours_stand_on_pages():
    claims = yaml.safe_load((ROOT / "config/claims.yaml").read_text("utf-8"))["claims"]
    places = {claim["where"] for claim in claims if claim["where"].startswith("docs/")}
    assert places and all((ROOT / place).is_file() for place in places), places
