"""Which rules stand behind targets of the workflow, as Snakemake plans them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["TargetError", "rules_behind"]

_NODE = re.compile(r'^\s*\d+\[label = "(\w+)', re.MULTILINE)


class TargetError(ValueError):
    """Targets that cannot be planned; one line."""


def rules_behind(targets: Sequence[str], files: Sequence[str], root: Path) -> set[str]:
    """Return the names of all rules that targets rest on, whether their results are there or not.

    Asks Snakemake, in the folder of the Snakefile, with the configuration merged as a run merges it.

    Raises:
        TargetError: If there is no such target, or Snakemake cannot plan it.
    """
    configs = [target for target in targets if target.endswith((".yaml", ".yml")) and os.path.isfile(target)]
    if configs:
        raise TargetError(f"{configs[0]} is a configuration, no target: allowed is such a file before --targets")
    command = [sys.executable, "-m", "snakemake", "--nolock", "--quiet", "--rulegraph", "--forceall", *targets]
    if files:
        command += ["--configfile", *(os.path.abspath(file) for file in files)]
    plan = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    found = set(_NODE.findall(plan.stdout))
    if plan.returncode or not found:
        said = [line for line in plan.stderr.splitlines() if line.strip()]
        raise TargetError(f"{' '.join(targets)}: {_short(said[-1]) if said else 'Snakemake plans nothing'}")
    return found


def _short(line: str) -> str:
    """A line of Snakemake's without what it guesses about input functions."""
    return line.partition(" (if you use input functions")[0].strip()
