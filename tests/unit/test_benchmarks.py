"""The benchmarks: they run, count instructions rightly, and give the peers the models' own parameters."""

import csv
import math
import re
import sys
import types
import xml.etree.ElementTree as ElementTree

import instructions
import kernels
import machine
import numpy as np
import ours
import peers
import pytest
import timing
import xmds2_peer
from xmds2_peer import Script

pytestmark = pytest.mark.slow

SCRIPTS = [
    Script("torus", "RK4", 0.125, 64, 1000),
    Script("chain", "RK4", 0.05, 8, 100, length=64),
    Script("chain_components", "SI", 0.05, 8, 100, length=10, error_check=True),
]

counted = pytest.mark.skipif(not instructions.available(), reason="needs Linux on x86-64 and objdump")


@counted
@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 8), (np.float32, 4)])
def test_executed_instructions_of_a_known_kernel(dtype, size):
    x = np.ones((4, 128), dtype)
    counts = machine.executed(machine.multiply_add, (x, dtype(0.5), dtype(0.25)))
    # 32 fused multiply-adds a lane, in vectors of 16, 32 or 64 bytes; nothing else is computed.
    assert counts.pop("fused multiply-add") in {32 * 128 * size // width for width in (16, 32, 64)}
    assert not +counts


def test_classes_of_instructions():
    names = {
        "vfmadd213pd": "fused multiply-add",
        "vfnmsub231ps": "fused multiply-add",
        "vmulpd": "add, multiply",
        "vdivps": "divide",
        "vsqrtpd": "root",
        "vcvtqq2pd": "convert, compare",
        "vcmpltpd": "convert, compare",
        "vpmuludq": "integer multiply",
        "vpternlogq": "integer",
        "vxorpd": "integer",
        "vfmadd213sd": "scalar floating point",
    }
    for name, label in names.items():
        assert instructions.classify({name: 3}) == {label: 3}
    assert not instructions.classify({name: 1 for name in ("vmovupd", "vbroadcastsd", "vblendmpd", "add", "mov")})


@counted
def test_counts_do_not_hang_on_the_number_of_steps(monkeypatch):
    calls = []
    namespace = types.SimpleNamespace(kernel=machine.multiply_add)
    x = np.ones((4, 64))
    monkeypatch.setattr(ours, "entry_point", lambda run: (namespace, "kernel"))

    def run(n_steps):
        calls.append(n_steps)
        namespace.kernel(x, 0.5, 0.25, n_steps)

    run(2)
    once = machine.executed_in_a_step(run)
    assert once["fused multiply-add"] == machine.executed(machine.multiply_add, (x, 0.5, 0.25))["fused multiply-add"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.template)
def test_xmds2_scripts_hold_the_models_parameters(script, monkeypatch):
    root = ElementTree.fromstring(script.text().encode())
    assert root.tag == "simulation" and "$" not in script.text()
    integrate = root.find("sequence/integrate")
    assert integrate.get("algorithm") == script.algorithm
    assert float(integrate.get("interval")) / int(integrate.get("steps")) == pytest.approx(script.step)
    assert int(root.find("driver").get("paths")) * script.lanes == script.n_done >= script.n_trajectories
    values = dict(re.findall(r"(\w+) = ([-+.\de]+)[,;]", root.find("features/globals").text))
    if script.template == "torus":
        p = ours.torus_model().kernel_parameters("twa")
        assert [float(values[f"{name}_1"]) for name in ("omega", "gain", "kerr", "eta", "additive", "slope")] == list(
            p[:12:2]
        )
        assert [float(values["tunneling"]), float(values["shift"])] == list(p[12:])
        monkeypatch.setattr(ours, "torus_model", lambda aleph: ours.KerrDimer(aleph=aleph, tunneling=0.123456))
        assert "0.123456" in script.text()
    else:
        model = ours.chain_model(script.length)
        p = model.kernel_parameters("twa")
        assert [float(values[name]) for name in ("detuning", "hopping", "kerr", "shift")] == list(p[:4])
        assert float(values["loss"]) == p[4] and float(values["drive"]) == p[4 + script.length]
        assert float(values["kick"]) == math.sqrt(0.5 * model.loss_rate)


@pytest.mark.parametrize("template", sorted(xmds2_peer.FOLDER.glob("*.xmds")), ids=lambda path: path.stem)
def test_xmds2_templates_name_every_number(template):
    declared = re.findall(r"const real (.*?);", ElementTree.parse(template).find("features/globals").text, re.DOTALL)
    assert declared
    assert all(value.startswith("$") for line in declared for value in re.findall(r"= (\S+)", line))


@pytest.mark.skipif(not xmds2_peer.available(), reason="needs xmds2")
@pytest.mark.parametrize(("correction", "agrees"), [(xmds2_peer.ITO_CORRECTION, True), (0.0, False)])
def test_xmds2_agrees_where_ito_is_converted(tmp_path, correction, agrees):
    n = 4096
    theirs = xmds2_peer.Program(
        Script("torus", "RK4", 0.05, 64, n, aleph=2.0, final_time=20.0, ito_correction=correction), tmp_path
    )
    theirs()
    # Noise is strong at so small an aleph: the step of the benchmark would not do.
    ensemble = ours.torus(n, aleph=2.0, final_time=20.0, step=0.05, batch_size=128)
    mean, error = peers.mean_and_error(peers.ours_batches(ensemble, "density"))
    sigma = (theirs.statistics("mean", "density") - mean) / np.hypot(error, theirs.statistics("stderr", "density"))
    # The last state alone: states of different times are not independent.
    assert (np.abs(sigma[-1]).max() < 4.5) == agrees


def test_xmds2_errors_are_those_of_its_columns(tmp_path):
    program = object.__new__(xmds2_peer.Program)
    program.script, program.folder = Script("torus", "RK4", 0.25, 2, 4, final_time=0.5), tmp_path
    stream = '<Stream><Metalink Format="Text" Delimiter=" \\n"/>\n{}\n    </Stream>'
    text = stream.format("t mean_re1 mean_re2 stderr_re1 stderr_re2 ") + stream.format("0 1 2 3 4\n0.5 5 6 7 8")
    (tmp_path / "torus.xsil").write_text(text)
    assert program.statistics("mean", "re").tolist() == [[1, 2], [5, 6]]
    assert program.statistics("stderr", "re").tolist() == [[3, 4], [7, 8]]


def test_quick_measurements(tmp_path, monkeypatch):
    scale = 64
    # One arithmetic: the other would compile every kernel once more, for the same rows.
    monkeypatch.setattr(ours, "PRECISIONS", ours.PRECISIONS[:1])
    rows = [*kernels.time_normals(1, scale), *kernels.time_torus(1, scale), *kernels.compare_numpy(1, scale)]
    rows += [*kernels.time_chain(1, scale), *kernels.scan_sizes(1, scale)]
    monkeypatch.setattr(ours, "STEP_CASES", ours.STEP_CASES[:1])
    rows += machine.shares(1, 1000)
    assert all(math.isfinite(line.median) and line.least <= line.median <= line.greatest for line in rows)
    assert all(line.median > 0 for line in rows)
    if instructions.available():
        assert any(line.quantity == "share of the limit" for line in rows)
    timing.report(rows, tmp_path / "deep" / "table.csv")
    written = list(csv.DictReader((tmp_path / "deep" / "table.csv").read_text().splitlines()))
    assert len(written) == len(rows) and list(written[0]) == list(timing.Row._fields)


def test_peers_that_are_missing_are_named_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(xmds2_peer, "available", lambda: False)
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["peers.py", "--output", str(tmp_path / "peers.csv")])
    assert peers.main() == 0
    said = capsys.readouterr().out
    assert "xmds2 is not installed" in said and "jax is not installed" in said
    assert (tmp_path / "peers.csv").read_text().splitlines() == [",".join(timing.Row._fields)]
