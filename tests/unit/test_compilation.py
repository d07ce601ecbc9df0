"""Generated kernels: found on disk by a new process, never shared by two models, renewed when their source changes."""

import importlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from systems import linear_noise
from systems.linear_noise import LinearNoise

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics import compilation
from openkerr.solvers import runge_kutta_kernel
from openkerr.solvers.ode import integrate
from openkerr.solvers.time_grid import TimeGrid

pytestmark = pytest.mark.slow

TEMPLATES = (runge_kutta_kernel,)
NAMES = ("drift", "kick")

PROBE = """
    import json, sys, time
    began = time.perf_counter()
    from openkerr.numerics import compilation
    from openkerr.models.kerr_dimer import KerrDimer
    from openkerr.solvers import ensemble_kernel
    from openkerr.solvers.sde import simulate_ensemble
    from openkerr.solvers.steppers import load_stepper
    from openkerr.solvers.time_grid import TimeGrid
    model = KerrDimer(aleph=10.0)
    ensemble = simulate_ensemble(
        model, TimeGrid.from_times(0.05, 0.5, 1.0), start=[0.1, 0.1], seed=1, trajectories=range(8), batch_size=8
    )
    kernels = load_stepper(model, "runge_kutta", "double", "gaussian", (ensemble_kernel,))
    stats = kernels.run_segment.stats
    print(json.dumps([sum(stats.cache_hits.values()), sum(stats.cache_misses.values()), ensemble.moments.sum()]))
"""


def _probe():
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    output = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROBE)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(output.stdout)


def test_a_new_process_loads_what_the_first_one_compiled():
    first, second = _probe(), _probe()
    # The cache is that of all tests, in which the first may find what another compiled.
    assert sum(first[:2]) == 1
    assert second[:2] == [1, 0]
    assert first[2] == second[2]


def test_two_models_never_share_compiled_code(tmp_path, monkeypatch):
    """Two modules with the same function names in the same template: each runs its own physics."""
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path))
    text = Path(linear_noise.__file__).read_text(encoding="utf-8")
    twin = text.replace("dz[0, 0, lane] = p[0]", "dz[0, 0, lane] = 2.0 * p[0]")
    assert twin != text
    (tmp_path / "twin_noise.py").write_text(twin, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import twin_noise

    growths = []
    for cls in (LinearNoise, twin_noise.LinearNoise, LinearNoise):
        model = cls(growth=0.5, frequency=0.0, additive=0.0, slope=0.0)
        found = integrate(model, TimeGrid.from_times(0.01, 1.0, 1.0), start=[1.0])
        growths.append(np.log(found.final[0, 0].real))
    np.testing.assert_allclose(growths, [0.5, 1.0, 0.5], rtol=1e-8)
    files = {
        compilation.load_kernel(TEMPLATES, compilation.bind(module, NAMES)).__file__
        for module in (linear_noise, twin_noise, BoseHubbardChain(length=2, drive_amplitude=1).kernel_module())
    }
    assert len(files) == 3


def test_a_changed_model_gets_new_code_once_it_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path))
    text = Path(linear_noise.__file__).read_text(encoding="utf-8")
    path = tmp_path / "growing_noise.py"
    path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import growing_noise

    before = compilation.load_kernel(TEMPLATES, compilation.bind(growing_noise, NAMES)).__file__
    path.write_text(text.replace('"""A model', '"""Some model'), encoding="utf-8")
    assert compilation.load_kernel(TEMPLATES, compilation.bind(growing_noise, NAMES)).__file__ == before
    path.write_text(text.replace("p[0] * z[0, 0, lane]", "2.0 * p[0] * z[0, 0, lane]"), encoding="utf-8")
    # What is in memory is the old code: kept under the name of the new, it would be found by every later process.
    with pytest.raises(RuntimeError, match=r"growing_noise\.py was edited after"):
        compilation.load_kernel(TEMPLATES, compilation.bind(growing_noise, NAMES))
    importlib.reload(growing_noise)
    assert compilation.load_kernel(TEMPLATES, compilation.bind(growing_noise, NAMES)).__file__ != before


def test_a_template_that_was_edited_meanwhile_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path))
    path = tmp_path / "edited_template.py"
    text = Path(runge_kutta_kernel.__file__).read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import edited_template

    path.write_text(text.replace("0.5", "0.25"), encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"edited_template\.py was edited after"):
        compilation.load_kernel((edited_template,), compilation.bind(linear_noise, NAMES))


def test_a_model_without_a_kernel_is_refused():
    with pytest.raises(AttributeError, match="module json defines no kernel 'drift'"):
        compilation.bind(json, NAMES)


def test_a_copy_is_digested_once_in_a_process(monkeypatch):
    first = compilation.load_kernel(TEMPLATES, compilation.bind(linear_noise, NAMES))
    monkeypatch.setattr(compilation, "fingerprint", None)
    assert compilation.load_kernel(TEMPLATES, compilation.bind(linear_noise, NAMES)) is first
