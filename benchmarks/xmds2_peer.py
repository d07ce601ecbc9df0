"""XMDS2 beside openkerr: scripts from the templates in benchmarks/xmds2, their programs, and what these print.

XMDS2 compiles a script with g++ -O3 -ffast-math -march=native.  A program runs ``paths`` blocks one after another, the
lanes of a block as a dimension; the fastest size of a block is looked for.  The normals come from its own generator
"solirte" (ziggurat), the fastest that it has.
"""

import math
import os
import re
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np
import ours

FOLDER = Path(__file__).parent / "xmds2"
ITO_CORRECTION = 0.25
"""Part of the noise's slope that the drift loses when the Ito equation is written in the sense of Stratonovich."""


def available() -> bool:
    return shutil.which("xmds2") is not None


@dataclass(frozen=True)
class Script:
    """One XMDS2 program: problem (``torus``, ``chain`` or ``chain_components``), method and sizes."""

    template: str
    algorithm: str
    step: float
    lanes: int
    n_trajectories: int
    length: int = 2
    final_time: float = 100.0
    precision: str = "double"
    aleph: float = ours.TORUS_ALEPH
    error_check: bool = False
    ito_correction: float = ITO_CORRECTION
    generator: str = "solirte"
    seed: int = 1

    @property
    def sampling(self) -> float:
        return ours.TORUS_SAMPLING if self.template == "torus" else ours.CHAIN_SAMPLING

    @property
    def samples(self) -> int:
        return round(self.final_time / self.sampling)

    @property
    def steps(self) -> int:
        return self.samples * round(self.sampling / self.step)

    @property
    def n_done(self) -> int:
        """Trajectories that are computed: whole blocks."""
        return -(-self.n_trajectories // self.lanes) * self.lanes

    def text(self) -> str:
        """The script: parameters are the models' own, those of the compiled kernels."""
        values = _torus_values(self) if self.template == "torus" else _chain_values(self.length)
        values |= {
            "name": self.template,
            "algorithm": self.algorithm,
            "precision": self.precision,
            "lanes": self.lanes,
            "paths": self.n_done // self.lanes,
            "length": self.length,
            "final_time": self.final_time,
            "steps": self.steps,
            "samples": self.samples,
            "generator": self.generator,
            "seed": self.seed,
            "error_check": "<error_check />" if self.error_check else "",
        }
        numbers = {key: repr(float(value)) if isinstance(value, float) else str(value) for key, value in values.items()}
        return Template((FOLDER / f"{self.template}.xmds").read_text(encoding="utf-8")).substitute(numbers)


def _torus_values(script: Script) -> dict:
    model = ours.torus_model(script.aleph)
    names = ["omega", "gain", "kerr", "eta", "additive", "slope"]
    values = dict(zip([f"{name}_{k}" for name in names for k in (1, 2)], model.kernel_parameters("twa"), strict=False))
    return values | {
        "tunneling": model.tunneling,
        "shift": 1 / script.aleph,
        "ito": script.ito_correction,
        "vacuum": math.sqrt(model.vacuum_variance),
        "start_1": ours.TORUS_START[0],
        "start_2": ours.TORUS_START[1],
    }


def _chain_values(length: int) -> dict:
    model = ours.chain_model(length)
    sites = range(1, length + 1)
    equations = []
    for site in sites:
        neighbours = " + ".join(f"a{other}" for other in (site - 1, site + 1) if other in sites)
        line = f"da{site}_dt = -i * ((kerr * (mod2(a{site}) - shift) - detuning) * a{site} - hopping * ({neighbours})"
        line += " + drive)" if site == 1 else ")"
        if site in (1, length):
            line += f" - 0.5 * loss * a{site} + kick * {'w_first' if site == 1 else 'w_last'}"
        equations.append(f"          {line};")
    return {
        "detuning": model.detuning,
        "hopping": model.hopping,
        "kerr": model.kerr,
        "shift": 1.0,
        "drive": model.drive_amplitude,
        "loss": model.loss_rate,
        "vacuum": math.sqrt(model.vacuum_variance),
        "kick": math.sqrt(0.5 * model.loss_rate),
        "field_components": " ".join(f"a{site}" for site in sites),
        "vacuum_components": " ".join(f"zeta{site}" for site in sites),
        "density_components": " ".join(f"density{site}" for site in sites),
        "initial_lines": "\n".join(f"        a{site} = vacuum * zeta{site};" for site in sites),
        "equation_lines": "\n".join(equations),
        "density_lines": "\n".join(f"        density{site} = mod2(a{site}) / _lattice_lane;" for site in sites),
    }


class Program:
    """A compiled script: called, it runs; its CPU seconds are returned."""

    def __init__(self, script: Script, folder: Path):
        self.script = script
        self.folder = folder / re.sub(r"\W+", "_", repr(script))[:200]
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{script.template}.xmds"
        file.write_text(script.text(), encoding="utf-8")
        done = subprocess.run(["xmds2", file.name], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"xmds2 failed on {file}:\n{done.stdout}\n{done.stderr}")

    def __call__(self) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run(
            [self.folder / self.script.template], cwd=self.folder, env=environment, capture_output=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def results(self) -> dict[str, np.ndarray]:
        """Columns of the last run: names ``mean_x``, ``stderr_x`` and, with error_check, ``error_x``, by sample.

        A column of a script with sites as a dimension has the shape (n_samples + 1, length).
        """
        text = (self.folder / f"{self.script.template}.xsil").read_text(encoding="utf-8")
        streams = re.findall(r"<Stream><Metalink[^>]*/>\s*(.*?)\s*</Stream>", text, re.DOTALL)
        names = streams[0].split()
        table = np.array(streams[1].split(), dtype=float).reshape(-1, len(names))
        shape = (self.script.samples + 1, -1)
        columns = {name: table[:, k].reshape(shape).squeeze() for k, name in enumerate(names)}
        return columns

    def statistics(self, kind: str, quantity: str) -> np.ndarray:
        """``mean``, ``stderr`` or ``error`` of ``re``, ``im`` or ``density`` of all modes: (n_samples + 1, n_modes)."""
        columns = self.results()
        if self.script.template == "chain":
            return columns[f"{kind}_{quantity}"]
        return np.stack([columns[f"{kind}_{quantity}{k}"] for k in range(1, self.script.length + 1)], axis=1)
