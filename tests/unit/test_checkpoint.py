"""Checkpoints: a simulation that is killed at any moment ends with the same bits."""

import random
import signal
import subprocess
import sys
import textwrap
import time
import weakref
from contextlib import ExitStack

import numpy as np
import pytest

from openkerr.runtime import checkpoint as checkpoints
from openkerr.runtime.checkpoint import Checkpoint, CheckpointError
from openkerr.runtime.jobs import Job

SIMULATION = """
    import sys
    from contextlib import ExitStack

    import numpy as np
    from openkerr.runtime.checkpoint import Checkpoint
    from openkerr.models.kerr_dimer import KerrDimer
    from openkerr.solvers import sde
    from openkerr.solvers.time_grid import TimeGrid

    folder, output, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sde.SEGMENT_SECONDS = 0.02
    n_samples = 1601
    reduction = sde.Reduction(
        paths=(1, 40, 150),
        final_states=True,
        histogram=sde.Histogram(2.0, 8, np.r_[np.full(n_samples - 10, -1), np.zeros(10, dtype=int)]),
    )
    print("ready", flush=True)
    with ExitStack() as stack:
        checkpoint = stack.enter_context(Checkpoint(folder, 0.05)) if folder else None
        e = sde.simulate_ensemble(
            KerrDimer(aleph=50.0), TimeGrid(0.05, 200, n_samples), start=[0.05, 0.05], seed=3, trajectories=range(200),
            reduction=reduction, batch_size=64, n_threads=threads, checkpoint=checkpoint,
        )
    np.savez(output, m=e.moments, low=e.lowest, high=e.highest, paths=e.paths, counts=e.histograms, z=e.states)
"""


def _start(folder, output, threads=1):
    command = [sys.executable, "-c", textwrap.dedent(SIMULATION), str(folder), str(output), str(threads)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _finish(process):
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


def _wait_for_a_kept_part(process, folder):
    """Return once the process has written a checkpoint, newer than any that it found, or has ended."""

    def newest():
        # A folder that is cleared while it is listed: the work is done.
        try:
            return max((path.stat().st_mtime_ns for path in folder.glob("*.npz")), default=0)
        except FileNotFoundError:
            return 0

    found = newest()
    while process.poll() is None and newest() <= found:
        time.sleep(0.002)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    _finish(_start("", folder / "whole.npz"))
    # Time that the simulation itself takes, with the kernels now in the cache.
    process = _start("", folder / "again.npz")
    process.stdout.readline()
    began = time.monotonic()
    _finish(process)
    with np.load(folder / "whole.npz") as whole, np.load(folder / "again.npz") as again:
        for name in whole:
            np.testing.assert_array_equal(whole[name], again[name])
        return dict(whole), time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_a_killed_simulation_ends_with_the_same_bits(reference, tmp_path, threads):
    whole, duration = reference
    seeded = random.Random(20_25 + threads)
    folder, output = tmp_path / "checkpoint", tmp_path / "resumed.npz"
    kept = 0
    for after_keeping in (False, True, False, True, True):
        process = _start(folder, output, threads)
        process.stdout.readline()
        if after_keeping:
            _wait_for_a_kept_part(process, folder)
        time.sleep(seeded.uniform(0.0, 0.1) * duration)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if not folder.exists():  # the work had added up to the whole before the signal: begin anew
            output.unlink(missing_ok=True)
        kept += any(folder.glob("*.npz"))
    assert kept >= 2, "the kills must hit after something was kept for the test to mean anything"
    if not output.exists():
        _finish(_start(folder, output, threads))
    assert not folder.exists()
    with np.load(output) as resumed:
        for name, values in whole.items():
            np.testing.assert_array_equal(values, resumed[name], err_msg=name)


def test_work_is_taken_up_where_it_was_left(tmp_path):
    with pytest.raises(RuntimeError, match="stop"), Checkpoint(tmp_path / "c", 0.0) as checkpoint:
        checkpoint.offer("a", {"z": np.arange(3)}, finished=True)
        checkpoint.offer("b", {"z": np.ones(2), "done": np.array(7)}, finished=False)
        raise RuntimeError("stop")
    with Checkpoint(tmp_path / "c", 0.0) as checkpoint:
        np.testing.assert_array_equal(checkpoint.load("a")["z"], np.arange(3))
        assert checkpoint.load("b")["done"] == 7
        assert checkpoint.load("c") is None
    assert not (tmp_path / "c").exists()


def test_nothing_is_written_before_the_clock_says_so(tmp_path):
    with Checkpoint(tmp_path / "c", 3600.0) as checkpoint:
        checkpoint.offer("a", {"z": np.zeros(1)}, finished=True)
        assert not list((tmp_path / "c").glob("*.npz"))


def test_finished_parts_are_written_with_the_next_one(tmp_path):
    with Checkpoint(tmp_path / "c", 0.05) as checkpoint:
        checkpoint.offer("a", {"z": np.zeros(1)}, finished=True)
        time.sleep(0.06)
        checkpoint.offer("b", {"z": np.zeros(1)}, finished=False)
        assert {path.stem for path in (tmp_path / "c").glob("*.npz")} == {"a", "b"}


def test_finished_parts_of_many_short_ensembles_are_written_and_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "WAITING_BYTES", 1000)
    kept = []
    with Checkpoint(tmp_path / "c", 3600.0) as checkpoint:
        for label in "abcd":
            state = {"z": np.zeros(50)}
            kept.append(weakref.ref(state["z"]))
            checkpoint.part(label).offer("batch_0", state, finished=True)
        del state
        written = {path.stem for path in (tmp_path / "c").glob("*.npz")}
        # Two of 400 bytes wait, the third is one too many, the fourth waits.
        assert written == {f"{label}_batch_0" for label in "abc"}
        assert [ref() is None for ref in kept] == [True, True, True, False]
        assert checkpoint.part("a").load("batch_0")["z"].size == 50 and checkpoint.part("d").load("batch_0") is None


def test_short_ensembles_share_the_clock_of_their_job(tmp_path):
    """None lasts as long as the interval, yet what was done is kept."""
    params = {"fingerprint": "f"}
    with pytest.raises(KeyboardInterrupt), Job("rule", params, 1, str(tmp_path), 0.1) as job, ExitStack() as stack:
        for aleph in range(6):
            part = stack.enter_context(job.checkpoint(aleph=aleph))
            time.sleep(0.04)
            part.offer("batch_0", {"done": np.array(aleph)}, finished=True)
        raise KeyboardInterrupt
    with Job("rule", params, 1, str(tmp_path), 0.1) as job, ExitStack() as stack:
        found = [stack.enter_context(job.checkpoint(aleph=aleph)).load("batch_0") for aleph in range(6)]
        assert [int(state["done"]) for state in found[:3]] == [0, 1, 2]
        with job.checkpoint(aleph=7) as other:
            assert other.load("batch_0") is None
    assert not list(tmp_path.iterdir())


def test_jobs_of_equal_parameters_have_checkpoints_of_their_own(tmp_path):
    """As two cases of one configuration that differ in their names alone."""
    made = [Job("rule", {"fingerprint": "f"}, 1, str(tmp_path), output_paths=[f"{name}.nc"]) for name in "ab"]
    with made[0] as first, made[1] as second, first.checkpoint() as one, second.checkpoint() as other:
        assert one.folder != other.folder


def test_an_interrupted_job_does_not_go_on_with_other_code(tmp_path):
    for code, kept in (("old", None), ("new", None), ("old", 7)):
        with pytest.raises(KeyboardInterrupt), Job("rule", {"fingerprint": code}, 1, str(tmp_path), 0.0) as job:
            with job.checkpoint() as checkpoint:
                state = checkpoint.load("batch_0")
                assert (state and int(state["done"])) == kept
                if code == "old":
                    checkpoint.offer("batch_0", {"done": np.array(7)}, finished=True)
                raise KeyboardInterrupt


def test_a_second_writer_is_refused(tmp_path):
    with Checkpoint(tmp_path / "c"), pytest.raises(CheckpointError, match="held by another process"):
        Checkpoint(tmp_path / "c").__enter__()
    with Checkpoint(tmp_path / "c"):
        pass


def test_a_damaged_checkpoint_is_told(tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.npz").write_bytes(b"PK no archive")
    with pytest.raises(CheckpointError, match=r"a\.npz is damaged"), Checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.load("a")


def test_progress_tells_share_and_time_to_go(tmp_path):
    import logging

    from openkerr.runtime.jobs import Progress

    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    log = logging.Logger("test")
    log.addHandler(Keep())
    progress = Progress(100, log, seconds=0.0)
    for _ in range(4):
        progress(25)
    assert [line.split("%")[0].strip() for line in lines] == ["25.0", "50.0", "75.0", "100.0"]
    assert lines[-1].endswith("about 0 s to go")
    quiet = Progress(100, log, seconds=3600.0)
    quiet(50)
    assert len(lines) == 4


def test_an_interrupted_sweep_goes_on_with_the_same_bits(tmp_path):
    from openkerr.models.kerr_dimer import KerrDimer
    from openkerr.solvers.lyapunov import LyapunovTimes
    from openkerr.solvers.sweeps import sample_attractors
    from openkerr.solvers.time_grid import TimeGrid

    models = [KerrDimer(aleph=1.0, omega=(omega, omega)) for omega in (0.9, 0.95, 1.0)]
    times = LyapunovTimes.from_times(0.05, 0.5, 32.0, burn_in=20.0)
    options = {"starts": np.full((3, 1, 2), 0.05 + 0j), "carry": True, "series": TimeGrid(0.05, 4, 10)}
    whole = sample_attractors(models, times, **options)
    done = []

    def stop_after_two(_):
        done.append(1)
        if len(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Checkpoint(tmp_path / "c", 0.0) as checkpoint:
        sample_attractors(models, times, **options, checkpoint=checkpoint, progress=stop_after_two)
    resumed = []
    with Checkpoint(tmp_path / "c", 0.0) as checkpoint:
        again = sample_attractors(models, times, **options, checkpoint=checkpoint, progress=resumed.append)
    assert resumed == [2, 1]
    for name in ("exponents", "stderr", "nu_phi", "nu_psi", "final", "series"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(again, name), err_msg=name)
