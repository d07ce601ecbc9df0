"""Command line of openkerr: ``python -m openkerr COMMAND``.

A command is two functions: one adds its arguments to a parser, one runs it and returns the exit code.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path("results", "record")
DEFAULT = ROOT / "config" / "config.yaml"
MERGED = "YAML files, merged over config/config.yaml in this order, as a run does"


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=MERGED)


def _validate(arguments: argparse.Namespace) -> int:
    from openkerr.run.config import ConfigError, config_digest, load_config
    from openkerr.settings.text import one_line

    try:
        config = load_config([DEFAULT, *arguments.files])
    except ConfigError as error:
        print("\n".join(f"config error: {line}" for line in error.lines), file=sys.stderr)
        return 2
    files = one_line(" + ".join(arguments.files))
    print(f"{files}: valid, scale {config.scale}, sha256 {config_digest(config)}")
    return 0


def _schema_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="write the schema file and config/README.md")


def _schema(arguments: argparse.Namespace) -> int:
    from openkerr.run.config import ConfigError
    from openkerr.run.reference import README, SCHEMA, readme_text, schema_text

    if not arguments.write:
        print(schema_text(), end="")
        return 0
    try:
        texts = {SCHEMA: schema_text(), README: readme_text(ROOT)}
    except ConfigError as error:
        print(f"config error: {error}", file=sys.stderr)
        return 2
    for path, text in texts.items():
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)
    return 0


def _trace_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="figure (PDF, PNG, JSON), table (CSV, JSON), grid or raw NetCDF")


def _trace(arguments: argparse.Namespace) -> int:
    from openkerr.record.text import trail
    from openkerr.record.trace import TraceError, Tracer

    try:
        link = Tracer().trace(arguments.file)
    except TraceError as error:
        print(f"trace: {error}", file=sys.stderr)
        return 2
    print(trail(link))
    return int(bool(link.breaks()))


def _record_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parts", nargs="*", metavar="PART", help="figure, claims, or table of no figure; default: all")
    parser.add_argument("--scale", default="paper", help="the run, results/SCALE (default: paper)")
    parser.add_argument("--record", type=Path, default=RECORD, metavar="DIR", help=f"the record (default: {RECORD})")


def _record(arguments: argparse.Namespace) -> int:
    from openkerr.record.record import RecordError, record

    try:
        lines = record(Path("results", arguments.scale), arguments.record, arguments.parts)
    except RecordError as error:
        print(f"record: {error}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


def _crate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--record", type=Path, default=RECORD, metavar="DIR", help=f"the record (default: {RECORD})")
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder to write, which must not exist")
    parser.add_argument("--check", type=Path, metavar="DIR", help="hold a crate that is there to its profile instead")


def _crate(arguments: argparse.Namespace) -> int:
    from openkerr.record.crate import CrateError, check_crate, write_crate
    from openkerr.record.record import RecordError

    folder = arguments.check or arguments.output
    if folder is None:
        print("crate: name a folder with --output or --check", file=sys.stderr)
        return 2
    try:
        if arguments.check is None:
            print(f"{folder}: {write_crate(Path(), arguments.record, folder)} files")
        check_crate(folder)
    except ModuleNotFoundError as error:
        print(f"crate: {error.name} is not installed: it is in the environment of make env", file=sys.stderr)
        return 1
    except (CrateError, RecordError) as error:
        print("\n".join(f"crate: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 1
    print(f"{folder}: a Workflow Run RO-Crate without fault")
    return 0


def _redraw_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="figures to draw (default: all of the record)")
    parser.add_argument("--record", type=Path, default=RECORD, metavar="DIR", help=f"the record (default: {RECORD})")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the figures")


def _redraw(arguments: argparse.Namespace) -> int:
    from openkerr.record.record import RecordError, redraw

    try:
        for line in redraw(arguments.record, arguments.output, arguments.figures):
            print(line)
    except RecordError as error:
        print(f"redraw: {error}", file=sys.stderr)
        return 1
    return 0


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--record", type=Path, default=RECORD, metavar="DIR", help=f"the record (default: {RECORD})")
    parser.add_argument("--scale", default="default", help="the run to compare with, results/SCALE (default: default)")
    parser.add_argument("--no-sample", action="store_true", help="check the files only, compare nothing")
    parser.add_argument(
        "--jobs", action="store_true", help="run one job of every rule again, at the statistics of the record, instead"
    )
    parser.add_argument("--seed", type=int, default=0, help="which jobs are drawn (default: 0)")


def _verify(arguments: argparse.Namespace) -> int:
    from openkerr.record.record import RecordError
    from openkerr.record.verify import earlier_versions, integrity, recompute

    if arguments.jobs:
        return _verify_jobs(arguments.record, arguments.seed)
    try:
        wrong = integrity(arguments.record)
        earlier = earlier_versions(arguments.record)
        sample = [] if arguments.no_sample else recompute(arguments.record, Path("results", arguments.scale))
    except RecordError as error:
        print(f"verify: {error}", file=sys.stderr)
        return 2
    print(
        "\n".join([f"files: {len(wrong)} WRONG", *(f"  {line}" for line in wrong)] if wrong else ["files: all whole"])
    )
    print("versions: today's code" if not earlier else "versions:")
    for name, reasons in earlier.items():
        print(f"  {name}: {'; '.join(reasons)}")
    if arguments.no_sample:
        return int(bool(wrong))
    print(f"sample: the record against results/{arguments.scale}")
    for comparison in sample:
        print(f"  {comparison.text()}")
    nothing = not any(comparison.compared for comparison in sample)
    return int(bool(wrong) or nothing or any(comparison.beyond for comparison in sample))


def _verify_jobs(record: Path, seed: int) -> int:
    from openkerr.record.jobs import draw_jobs, rerun
    from openkerr.record.record import RecordError
    from openkerr.run.estimate import duration

    equal = differ = 0
    try:
        jobs = draw_jobs(record, seed)
        print(f"jobs: one of each of {len(jobs)} rules, {duration(sum(job.seconds for job in jobs))} as recorded")
        for done in rerun(jobs):
            print(f"  {done.text()}", flush=True)
            equal, differ = equal + (done.equal is True), differ + (done.equal is False)
    except RecordError as error:
        print(f"verify: {error}", file=sys.stderr)
        return 2
    print(f"{equal} equal to the last bit, {differ} differ, {len(jobs) - equal - differ} tell nothing")
    return int(differ > 0 or equal == 0)


def _numbers_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--write", action="store_true", help="bring marked numbers of pages, and README's costs, up to date"
    )
    parser.add_argument("--tex", type=Path, metavar="FILE", help="write numbers and claims as TeX macros")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write numbers and claims as CSV")


def _numbers(arguments: argparse.Namespace) -> int:
    from openkerr.claims.headlines import csv_text, load_headlines, marked, numbers_found, tex_text
    from openkerr.claims.ledger import ClaimsError
    from openkerr.claims.verdicts import read_tables
    from openkerr.record.costs import recorded_seconds, with_costs
    from openkerr.run.config import load_config
    from openkerr.run.extensions import known_tables
    from openkerr.run.judged import judge_results
    from openkerr.runtime.io import atomic_output

    record = ROOT / RECORD
    try:
        headlines = load_headlines(ROOT / "docs" / "numbers.yaml")
        columns = headlines.columns()
        paths = {path.stem: path for path in (record / "tables").glob("*.csv") if path.stem in columns}
        numbers, missing = numbers_found(headlines, read_tables(paths, known_tables(), columns))
    except ClaimsError as error:
        print(f"numbers: {error}", file=sys.stderr)
        return 2
    for name, (_, _, text) in numbers.items():
        print(f"{name:24}  {text}")
    made: dict[Path, str] = {}
    if arguments.write:
        pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
        made |= {page: marked(page.read_text(encoding="utf-8"), numbers) for page in pages}
        paper = load_config([DEFAULT, ROOT / "config" / "paper.yaml"])
        made[pages[0]] = with_costs(made[pages[0]], *recorded_seconds(record), paper)
    if arguments.tex or arguments.csv:
        claims = judge_results(record).frame.to_dict("records")
        made |= {arguments.tex: tex_text(numbers, claims)} if arguments.tex else {}
        made |= {arguments.csv: csv_text(numbers, claims)} if arguments.csv else {}
    for path, text in made.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            with atomic_output(path) as new:
                new.write_text(text, encoding="utf-8")
            print(path)
    for name, why in missing.items():
        print(f"numbers: number {name}: {why}; pages keep the one that they have", file=sys.stderr)
    return int(bool(missing))


def _compare_arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("first", "second"):
        parser.add_argument(name, type=Path, metavar="DIR", help="a run, results/SCALE")


def _compare(arguments: argparse.Namespace) -> int:
    from openkerr.record.verify import compare_runs

    for folder in (arguments.first, arguments.second):
        if not (folder / "tables").is_dir():
            print(f"compare: {folder} holds no tables: allowed is the folder of a run, results/SCALE", file=sys.stderr)
            return 2
    found, lines = compare_runs(arguments.first, arguments.second)
    print("differences over their joint errors, root mean square: statistical alone, with systematic, largest")
    for one in found:
        print(
            f"  {one.table}.{one.column}: {one.compared} rows, {one.spread:.2f}, {one.spread_joint:.2f}, "
            f"{one.worst:.1f} ({one.where})"
        )
    for line in lines:
        print(f"  {line}")
    return int(not found)


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "results", nargs="?", type=Path, default=RECORD, metavar="DIR", help=f"folder of results (default: {RECORD})"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("report.html"), metavar="FILE", help="the page (default: report.html)"
    )


def _report(arguments: argparse.Namespace) -> int:
    from openkerr.record.record import RecordError
    from openkerr.record.report import write_report

    try:
        print(write_report(arguments.results, arguments.output))
    except RecordError as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    return 0


def _estimate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="CONFIG", help=MERGED)
    parser.add_argument("--targets", nargs="+", default=[], metavar="TARGET", help="of the run (default: everything)")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="cores of the run (default: all)")


def _estimate(arguments: argparse.Namespace) -> int:
    from openkerr.run.config import ConfigError, load_config
    from openkerr.run.estimate import estimate_text
    from openkerr.run.targets import TargetError, rules_behind

    try:
        config = load_config([DEFAULT, *arguments.files])
    except ConfigError as error:
        print(f"config error: {error}", file=sys.stderr)
        return 2
    if arguments.cores < 1:
        print(f"estimate: {arguments.cores} cores: allowed is 1 or more", file=sys.stderr)
        return 2
    try:
        rules = rules_behind(arguments.targets, arguments.files, ROOT) if arguments.targets else None
    except TargetError as error:
        print(f"estimate: {error}", file=sys.stderr)
        return 2
    print(estimate_text(config, arguments.cores, shutil.disk_usage(Path.cwd()).free, rules))
    return 0


def _claims_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "results",
        nargs="?",
        type=Path,
        default=RECORD,
        metavar="DIR",
        help=f"folder of the results (default: {RECORD})",
    )
    parser.add_argument(
        "--ledger", type=Path, default=ROOT / "config" / "claims.yaml", metavar="FILE", help="the claims"
    )
    parser.add_argument("--paper", choices=("torus", "chain", "ours", "extensions"), help="only claims of this paper")
    parser.add_argument("--where", metavar="TEXT", help='only claims whose place holds this, as "Fig. 3" or "Sec. IV"')
    verdicts = ("reproduced", "deviates", "unresolved")
    parser.add_argument("--verdict", choices=verdicts, help="only claims of this verdict")


def _claims(arguments: argparse.Namespace) -> int:
    from openkerr.claims.ledger import ClaimsError
    from openkerr.claims.page import claims_lines, place_holds
    from openkerr.run.judged import judge_results

    if not any((arguments.results / "tables").glob("*.csv")):
        print(f"claims: {arguments.results} has no tables", file=sys.stderr)
        return 2
    try:
        frame = judge_results(arguments.results, arguments.ledger).frame
    except ClaimsError as error:
        print(f"claims: {error}", file=sys.stderr)
        return 2
    for column, wanted in (("paper", arguments.paper), ("verdict", arguments.verdict)):
        if wanted is not None:
            frame = frame[frame[column] == wanted]
    if arguments.where is not None:
        frame = frame[frame["where"].map(lambda place: place_holds(place, arguments.where))]
    if frame.empty:
        print("claims: none is left; python -m openkerr claims shows all, with their places", file=sys.stderr)
        return 2
    print(claims_lines(frame))
    return 0


def _published_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", nargs="?", type=Path, default=RECORD, metavar="DIR", help="folder of the results")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there (default: print it)")


def _published(arguments: argparse.Namespace) -> int:
    from openkerr.claims.ledger import ClaimsError, load_claims
    from openkerr.claims.numbers_page import numbers_page
    from openkerr.claims.sensitivity import sensitivity_table
    from openkerr.claims.verdicts import judge_claims, read_tables
    from openkerr.run.published import recorded_values
    from openkerr.run.tables import TABLES
    from openkerr.runtime.io import atomic_output

    folder = arguments.results / "tables"
    paths = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    try:
        ledger = load_claims(ROOT / "config" / "claims.yaml")
    except ClaimsError as error:
        print(f"published: {error}", file=sys.stderr)
        return 2
    if not paths:
        print(f"published: {arguments.results} has no tables", file=sys.stderr)
        return 2
    tables, parameters = read_tables(paths, TABLES), recorded_values(ledger, folder)
    page = numbers_page(
        ledger, judge_claims(ledger, tables, parameters), sensitivity_table(ledger, tables, parameters),
        arguments.results.as_posix(),
    )  # fmt: skip
    if arguments.write is None:
        print(page)
        return 0
    with atomic_output(arguments.write) as path:
        Path(path).write_text(page, encoding="utf-8", newline="\n")
    return 0


def _ion_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="CONFIG", help=MERGED)


def _ion(arguments: argparse.Namespace) -> int:
    from openkerr.models.trapped_ion import TrappedIon, ion_text
    from openkerr.run.config import ConfigError, load_config

    try:
        block = load_config([DEFAULT, *arguments.files]).torus.trapped_ion
    except ConfigError as error:
        print(f"config error: {error}", file=sys.stderr)
        return 2
    print(ion_text(TrappedIon(**block.lasers.model_dump(), model=block.model.model_dump())))
    return 0


COMMANDS: dict[str, tuple[str, Callable, Callable]] = {
    "validate": ("check configuration files", _validate_arguments, _validate),
    "trace": ("print the trail of a result back to parameters, seeds and code", _trace_arguments, _trace),
    "record": ("copy the parts of a finished run into the record", _record_arguments, _record),
    "verify": ("check the record, and compare it with a run at another scale", _verify_arguments, _verify),
    "compare": ("tell whether errors hold what another seed changes", _compare_arguments, _compare),
    "crate": ("write record, configuration and code as a Workflow Run RO-Crate", _crate_arguments, _crate),
    "redraw": ("draw figures from the tables of the record", _redraw_arguments, _redraw),
    "claims": ("hold config/claims.yaml against the tables of a run or of the record", _claims_arguments, _claims),
    "numbers": ("numbers of the record for pages and manuscripts", _numbers_arguments, _numbers),
    "report": ("write a report of a run or of the record: one HTML file", _report_arguments, _report),
    "published": (
        "write published numbers beside ours, and what verdicts owe to our thresholds",
        _published_arguments,
        _published,
    ),
    "estimate": ("tell jobs, time, memory and disk of a run before it starts", _estimate_arguments, _estimate),
    "ion": ("tell which model a trapped ion realises, and how well (torus.trapped_ion)", _ion_arguments, _ion),
    "schema": ("print or write the schema of the configuration", _schema_arguments, _schema),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 for success, 1 for a fault found, 2 for input that is not allowed."""
    parser = argparse.ArgumentParser(prog="python -m openkerr", description="Tools of the openkerr workflow.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (summary, add_arguments, _) in COMMANDS.items():
        add_arguments(subparsers.add_parser(name, help=summary, description=summary))
    arguments = parser.parse_args(argv)
    return COMMANDS[arguments.command][2](arguments)


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # A reader such as `head -1` has seen enough; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + 13  # what a shell says of a program that SIGPIPE ended; 1 would be a fault found
    sys.exit(code)
