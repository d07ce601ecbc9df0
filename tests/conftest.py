"""Let plain `pytest` find openkerr in an environment that has the packages but not openkerr itself."""

import importlib.util
import os
import sys
from pathlib import Path

# As in the jobs of the workflow; threads of linear algebra that outnumber the cores wait for each other.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

if importlib.util.find_spec("openkerr") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
