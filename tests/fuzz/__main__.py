"""Run all cases, or some; what was run before is not run again: ``python -m fuzz --calls 500 --configurations 500``."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from fuzz.calls import api_case
from fuzz.configurations import configuration_case
from fuzz.outcomes import outcome

KINDS = {"call": api_case, "configuration": configuration_case}
SECONDS = 30.0
"""Of a case, compilation included."""


def main() -> int:
    """Exit code 1 if a case ended as none may."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--configurations", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=10.0, help="time on the processor; the rest runs next time")
    parser.add_argument("--log", type=Path, default=Path(".tools/fuzz.jsonl"), help="what was run, a case a line")
    parser.add_argument("--again", action="store_true", help="run faults of the log again")
    arguments = parser.parse_args()
    done = {}
    if arguments.log.exists():
        for line in arguments.log.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            done[entry["kind"], entry["number"]] = entry
    if arguments.again:
        done = {key: entry for key, entry in done.items() if not entry["fault"]}
    arguments.log.parent.mkdir(parents=True, exist_ok=True)
    with arguments.log.open("a", encoding="utf-8") as log:
        for kind, count in (("configuration", arguments.configurations), ("call", arguments.calls)):
            for number in range(count):
                if (kind, number) in done:
                    continue
                if time.process_time() > 60 * arguments.minutes:
                    break
                began = time.process_time()
                text, run = KINDS[kind](number)
                found = outcome(run, SECONDS)
                entry = {
                    "kind": kind, "number": number, "outcome": found.kind, "fault": found.fault,
                    "sentence": found.sentence, "case": text, "seconds": round(time.process_time() - began, 2),
                }  # fmt: skip
                done[kind, number] = entry
                log.write(json.dumps(entry) + "\n")
                log.flush()
    for kind in KINDS:
        counts = Counter(entry["outcome"] for (other, _), entry in done.items() if other == kind)
        print(f"{kind}s: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}")
    faults = [entry for entry in done.values() if entry["fault"]]
    for entry in faults:
        print(f"{entry['kind']} {entry['number']}: {entry['outcome']}: {entry['sentence']}\n    {entry['case']}")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
