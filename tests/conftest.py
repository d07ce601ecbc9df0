"""Let plain `pytest` find openkerr in an environment that has the packages but not openkerr itself."""

import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("openkerr") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
