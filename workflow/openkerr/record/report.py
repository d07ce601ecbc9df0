"""A report of a finished run, or of the record: one HTML file that needs no network and no other file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openkerr.claims.page import claims_summary
from openkerr.record.gallery import PAPERS, Plate, core_time, plates
from openkerr.record.record import RecordError
from openkerr.record.trace import Link
from openkerr.run.estimate import duration
from openkerr.run.judged import judge_results
from openkerr.runtime.io import atomic_output

__all__ = ["write_report"]


def write_report(results: Path, output: Path) -> Path:
    """Write the report of a folder of results and return its path; it is written whole or not at all.

    Raises:
        RecordError: If the folder has no figures.
    """
    found = plates(results)
    if not any(plate.picture for plate in found):
        raise RecordError(f"{results} has no figures; allowed: a finished run, or the record")
    with atomic_output(output) as path:
        path.write_text(_page(results, found), encoding="utf-8")
    return output


def _page(results: Path, found: Sequence[Plate]) -> str:
    import jinja2
    import yaml

    claims = judge_results(results).frame
    shown = [plate for plate in found if plate.picture]
    whole = Link("report", str(results), inputs=[plate.link for plate in shown if plate.link])
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters |= {"duration": duration, "number": _number, "picture": _picture, "yaml": _yaml(yaml)}
    return environment.from_string(Path(__file__).with_suffix(".html").read_text(encoding="utf-8")).render(
        results=results.as_posix(),
        papers=PAPERS,
        plates=shown,
        absent=[plate for plate in found if not plate.picture],
        claims=claims.to_dict("records"),
        summary=claims_summary(claims),
        core_seconds=core_time(whole),
        revisions=sorted({str(link.run["git_revision"])[:10] for link in whole.walk() if "git_revision" in link.run}),
    )


def _picture(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) and value == value else ""


def _yaml(yaml: Any) -> Any:
    def said(values: Any) -> str:
        return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)

    return said
