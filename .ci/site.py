"""Hooks of the site (mkdocs.yml): pages made from registers of figures, tables, claims, commands; links, formulas.

A page of docs/ is written for GitHub and for the site alike. Here its links to files outside docs/ lead to the pages
made of them, `$…$` becomes MathML, and a line `<!-- figures: NAME … -->` the pictures of the record.
"""

import html
import os
import posixpath
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import latex2mathml.converter
import pandas
import yaml
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "results" / "record"

# Page of the site -> file outside docs/ that it is made of.
OUTSIDE = {
    "first_hour.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "benchmarks.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "reference/configuration.md": "config/README.md",
    "reference/claims.md": "results/record/claims.md",
}
API = {
    "": (
        "The library",
        "",
        ["interface.dynamics", "interface.chaos", "interface.attractors", "solvers.exact", "solvers.exact_spectrum"],
    ),
    "_models": ("Models", "models", []),
    "_solvers": ("Solvers", "solvers", []),
    "_analysis": ("Analysis", "analysis", []),
    "_algebra": ("Algebra", "algebra", []),
}
VERDICTS = ("reproduced", "deviates", "unresolved")


@cache
def plates():
    from openkerr.record.gallery import plates

    os.chdir(ROOT)
    return {plate.name: plate for plate in plates(RECORD.relative_to(ROOT))}


def on_files(files, config):
    pages = {page: (ROOT / source).read_text(encoding="utf-8") for page, source in OUTSIDE.items()}
    # Regular expressions of names are no references.
    pages["reference/configuration.md"] = re.sub(
        r"\^\[\S*\$", lambda found: f"`{found[0]}`".replace("\\", ""), pages["reference/configuration.md"]
    )
    pages["reference/claims.md"] = claims_page()
    pages["reference/tables.md"] = tables_page()
    pages["reference/commands.md"] = commands_page()
    pages |= {f"reference/api{end}.md": api_page(*what) for end, what in API.items()}
    pages["gallery/index.md"] = gallery_page()
    pages |= {f"gallery/{name}.md": plate_page(plate) for name, plate in plates().items()}
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    for plate in plates().values():
        if plate.picture:
            files.append(File.generated(config, f"figures/{plate.name}.png", abs_src_path=str(ROOT / plate.picture)))
    return files


def on_page_markdown(markdown, page, config, files):
    uri = page.file.src_uri
    if uri == "first_hour.md":
        markdown = markdown.replace("# openkerr\n", "# The first hour\n", 1)
    source = OUTSIDE.get(uri, f"docs/{uri}")
    markdown = re.sub(r"<!-- figures: ([\w ]+?) -->", lambda found: pictures(found[1].split(), uri), markdown)
    written = source == f"docs/{uri}"
    return outside_code(
        markdown, lambda text: formulas(links(text, uri, source)) if written else links(text, uri, source)
    )


def outside_code(text, change):
    """Apply a change to what stands outside code."""
    parts = re.split(r"(^ *```.*?^ *```|`[^`\n]+`)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if part.lstrip().startswith("`") else change(part) for part in parts)


def links(text, uri, source):
    made = {file: page for page, file in OUTSIDE.items()}

    def on_site(path):
        """Return the place of a target on the site, None where it has none."""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if target.startswith("docs/") and not target.endswith((".py", ".yaml")):
            target = target.removeprefix("docs/")
        elif target.startswith("results/record/figures/") and target.endswith(".png"):
            target = target.removeprefix("results/record/")
        elif target in made:
            target = made[target]
        else:
            return None
        return posixpath.relpath(target, posixpath.dirname(uri) or ".")

    def to_page(found):
        mark, label, path, anchor = found[1], found[2], found[3], found[4] or ""
        target = on_site(path)
        return f"{mark}[{label}]({target}{anchor})" if target else f"`{label.strip('`')}`"

    place = r"\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)"
    text = re.sub(rf"(!?)\[([^\]\[]*)\]{place}", to_page, text)
    # Around a picture.
    return re.sub(rf"(?<=\))\]{place}", lambda found: f"]({on_site(found[1])}{found[2] or ''})", text)


def formulas(text):
    def display(found):
        return latex2mathml.converter.convert(found[1].strip(), display="block")

    text = re.sub(r"\$\$(.+?)\$\$", display, text, flags=re.DOTALL)
    return re.sub(r"(?<![\\$\w])\$([^$\n]+)\$", lambda found: latex2mathml.converter.convert(found[1]), text)


def up(uri):
    return "../" * uri.count("/")


def pictures(names, uri):
    lines = ['<div class="plates" markdown="0">']
    for name in names:
        plate = plates()[name]
        title, page = html.escape(plate.declared.title), f"{up(uri)}gallery/{name}.html"
        picture = f'<img src="{up(uri)}figures/{name}.png" alt="{title}" loading="lazy">' if plate.picture else ""
        lines.append(
            f'<figure><a href="{page}">{picture}</a><figcaption><a href="{page}">{title}</a></figcaption></figure>'
        )
    return "\n".join([*lines, "</div>"])


def gallery_page():
    from openkerr.record.gallery import PAPERS

    lines = [
        "# Gallery",
        "",
        "Every figure of the record, with the command that makes it, its configuration, its tables, the claims that "
        "rest on them, and its trail. Figures without a picture are not in the record yet; their command makes them.",
    ]
    for paper, title in PAPERS.items():
        lines += [
            "",
            f"## {title}",
            "",
            pictures([name for name, plate in plates().items() if plate.declared.paper == paper], "gallery/"),
        ]
    return "\n".join(lines)


def plate_page(plate):
    figure = plate.declared
    lines = [f"# {figure.title}", ""]
    if plate.picture:
        picture, title = f"../figures/{plate.name}.png", html.escape(figure.title)
        lines += [f'<div class="plate"><a href="{picture}"><img src="{picture}" alt="{title}"></a></div>']
    else:
        lines += ["Not in the record yet: the command below makes it."]
    lines += ["", plate.caption, "", "## Made by", "", "```bash", plate.command, "```", ""]
    if plate.core_seconds is not None:
        lines += [
            f"All of its trail took {duration(plate.core_seconds)} of core time; other figures share parts of it.",
            "",
        ]
    lines += [
        "## Configuration",
        "",
        "Places in the [configuration](../reference/configuration.md): "
        + (", ".join(f"`{place}`" for place in figure.settings.values()) or "none")
        + ".",
    ]
    if plate.settings:
        said = yaml.safe_dump(
            dict(plate.settings), sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
        )
        lines += ["", '??? note "Values"', "", "    ```yaml", *(f"    {line}" for line in said.splitlines()), "    ```"]
    lines += ["", "## Tables", ""]
    from openkerr.run.extensions import known_tables

    tables = known_tables()
    lines += [
        f"- [{name}](../reference/tables.md#{name}): {tables[name].title}"
        if name in tables
        else f"- `{name}`: a grid (NetCDF)"
        for name in figure.inputs
    ] or ["None: it is drawn from the configuration."]
    lines += ["", "## Claims", ""]
    rows = plate.claims.to_dict("records")
    lines += (
        ["| claim | where | statement | verdict |", "| --- | --- | --- | --- |"]
        if rows
        else ["None rests on these tables."]
    )
    lines += [
        f"| `{row['claim']}` | {cell(row['where'])} | {cell(row['statement'])} | {verdict(row['verdict'])} |"
        for row in rows
    ]
    lines += ["", "## Trail", ""]
    if plate.link is None:
        return "\n".join([*lines, "None yet."])
    counts = plate.trail.splitlines()[0]
    lines += [cell(counts) + ".", "", "```bash", f"python -m openkerr trace {plate.picture}", "```", ""]
    lines += ["| file | rule | revision | fingerprint of the code |", "| --- | --- | --- | --- |"]
    for link in plate.link.walk():
        if link.kind != "raw":
            revision, code = str(link.run.get("git_revision", ""))[:10], str(link.origin.get("fingerprint", ""))[:12]
            lines.append(f"| `{Path(link.name).name}` | `{link.rule}` | `{revision}` | `{code}` |")
    raw = sum(link.kind == "raw" for link in plate.link.walk())
    return "\n".join([*lines, "", f"Behind them stand {raw} raw files." if raw else ""])


def truncated_wigner_table():
    """Return what truncated Wigner adds to the exact steady state of the cavities, in percent."""
    frame = pandas.read_csv(RECORD / "tables" / "torus_steady_state.csv").set_index(["method", "aleph"])
    exact, sampled = frame.loc["liouvillian"], frame.loc["twa"]
    columns = {"n1_over_aleph": "n₁", "n2_over_aleph": "n₂", "g2_1": "g2 of cavity 1", "g2_2": "g2 of cavity 2"}
    lines = [f"| ℵ | {' | '.join(columns.values())} |", "| --- " * (len(columns) + 1) + "|"]
    for aleph in exact.index.intersection(sampled.index):
        found = []
        for column in columns:
            scale = 100 / exact.loc[aleph, column]
            off, error = scale * (sampled - exact).loc[aleph, column], scale * sampled.loc[aleph, f"{column}_stderr"]
            found.append(f"{off:+.2f} ± {error:.2f} %".replace("-", "−"))
        lines.append(f"| {aleph:g} | {' | '.join(found)} |")
    return "\n".join([*lines, "", "What truncated Wigner adds to the exact value, with its statistical error."])


def claims_page():
    from openkerr.claims.page import claims_page
    from openkerr.run.judged import judge_results

    text = claims_page(judge_results(RECORD).frame).replace("# Claims\n", "# Claims held against the record\n", 1)
    text = text.replace("the tables of this run", "the tables of the record").replace(
        "`docs/claims.md`", "[the page on claims](../claims.md)"
    )
    return re.sub(
        r"(?<=\| )(docs/[\w/]+\.md)(?= \|)",
        lambda found: f"[{Path(found[1]).stem}](../{found[1].removeprefix('docs/')})",
        unescape(text),
    )


def unescape(text):
    return re.sub(r"docs/[\w/\\]+\.md", lambda found: found[0].replace("\\", ""), text)


def tables_page():
    from openkerr.run.extensions import known_tables
    from openkerr.run.tables import describe_tables

    return describe_tables(known_tables())


def commands_page():
    def said(*command):
        run = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "100"}
        )
        return ["```text", run.stdout.rstrip(), "```", ""]

    from openkerr.__main__ import COMMANDS

    lines = ["# Command line", "", *said("make", "--no-print-directory", "help")]
    for name in COMMANDS:
        lines += [f"## python -m openkerr {name}", "", *said(sys.executable, "-m", "openkerr", name, "--help")]
    return "\n".join(lines)


def api_page(title, room, modules):
    folder = ROOT / "workflow" / "openkerr"
    found = [f"{room}.{path.stem}" for path in sorted((folder / room).glob("*.py"))] if room else modules
    lines = [f"# {title}", ""]
    if not room:
        lines += ["`import openkerr as ok` offers these; [how they are used](../library.md).", ""]
    for module in found:
        stem = module.rsplit(".", 1)[-1]
        if stem.startswith("_") or stem.endswith("_kernel"):
            continue
        text = (folder / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        if "__all__" not in text:
            continue
        lines += [
            f"## {stem.replace('_', ' ')}",
            "",
            f"::: openkerr.{module}",
            "    options:",
            "      show_root_heading: false",
            "      show_root_toc_entry: false",
            "",
        ]
    return "\n".join(lines)


def cell(text):
    return html.escape(str(text), quote=False).replace("|", "\\|").replace("_", "\\_").replace("*", "\\*")


def verdict(word):
    return f'<span class="{word}">{word}</span>'


def duration(seconds):
    return (
        f"{seconds:.0f} s"
        if seconds < 100
        else f"{seconds / 60:.0f} min"
        if seconds < 6000
        else f"{seconds / 3600:.1f} h"
    )
