"""A campaign of faults: what is tried on a small run, and what comes out; seeded.

    make faults                          # what was not tried on this code yet, sixty minutes at most; docs/faults.md
    make faults ARGS='--kinds disk SLURM --minutes 10'

After every fault the same command is run again. It has to end with tables and figures that are those of an undisturbed
run to the last bit, and what is said on the way has to say what to do.
"""

import argparse
import json
import random
import shutil
import sys
import time
from pathlib import Path

from faults.kinds import KINDS, Bench, Fault, Missing

from openkerr.runtime.provenance import digest, file_sha256

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".tools/faults"
PAGE = ROOT / "docs/faults.md"


def code_digest() -> str:
    """Digest of all code that a run consists of: outcomes hold for it alone."""
    files = [*sorted((ROOT / "workflow").rglob("*.py")), *sorted((ROOT / "workflow").rglob("*.smk")), ROOT / "uv.lock"]
    return digest([[file.relative_to(ROOT).as_posix(), file_sha256(file)] for file in files])[:16]


def page(outcomes: list[dict], code: str) -> str:
    """Return the page of what was tried."""
    rows = {}
    for each in outcomes:
        rows.setdefault((each["kind"], each["what"], each["outcome"]), []).append(each["seconds"])
    lines = [
        "# What was tried against it",
        "",
        "Made by `make faults`. After each fault the same command was run again, and ended with tables and figures",
        "that are those of an undisturbed run to the last bit, unless the last column says otherwise. What did",
        "not run at this code is not in the table.",
        "",
        f"Code {code}, {len(outcomes)} faults, {sum(not each['sound'] for each in outcomes)} of them not held.",
        "",
        "| kind | fault | times | what came out |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {kind} | {what} | {len(times)} | {said} |" for (kind, what, said), times in sorted(rows.items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="*", choices=sorted(KINDS), default=sorted(KINDS))
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--most", type=int, default=10**6, metavar="N", help="of each kind")
    parser.add_argument("--again", action="store_true", help="try those of these kinds anew that were tried")
    arguments = parser.parse_args()
    code, until = code_digest(), time.monotonic() + 60.0 * arguments.minutes
    log = FOLDER / f"{code}.jsonl"
    FOLDER.mkdir(parents=True, exist_ok=True)
    outcomes = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if arguments.again:
        outcomes = [each for each in outcomes if each["kind"] not in arguments.kinds]
        log.write_text("".join(json.dumps(each) + "\n" for each in outcomes))
    done = {(each["kind"], each["number"]) for each in outcomes}
    bench = Bench(ROOT, FOLDER / code)
    bench.reference()
    # One of each kind before the second of any.
    planned = sorted(
        (number, kind) for kind in arguments.kinds for number in range(min(KINDS[kind].times, arguments.most))
    )
    for number, kind in planned:
        if (kind, number) in done or time.monotonic() > until:
            continue
        seed = int(digest([kind, number])[:8], 16)
        began = time.monotonic()
        try:
            what, outcome, sound = *KINDS[kind].run(bench, random.Random(seed), number), True
        except Missing as missing:
            print(f"{kind}: not tried here: {missing}", flush=True)
            continue
        except Fault as fault:
            what, outcome, sound = fault.what, f"**not held**: {fault}", False
        except Exception as error:
            what, outcome, sound = "the campaign itself", f"**not held**: {type(error).__name__}: {error}", False
        finally:
            bench.clear()
        facts = {"kind": kind, "number": number, "seed": seed, "what": what, "outcome": outcome, "sound": sound}
        outcomes.append(facts | {"seconds": round(time.monotonic() - began, 1)})
        with log.open("a") as file:
            file.write(json.dumps(outcomes[-1]) + "\n")
        print(f"{kind} {number}: {what}: {outcome} ({outcomes[-1]['seconds']} s)", flush=True)
    bench.close()
    if outcomes:
        PAGE.write_text(page(outcomes, code), encoding="utf-8")
    shutil.rmtree(bench.folder / "run", ignore_errors=True)
    return int(any(not each["sound"] for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
