"""Through a real SLURM on this machine: the profile, a batch of jobs as one, a cancelled job handed in again."""

import shutil
import tempfile
import time
from pathlib import Path

import pytest
from slurm.cluster import Cluster, missing

TINY = "tests/config/tiny.yaml"
RESULTS = Path("results/tiny")
MADE = ("tables/torus_populations.csv", "tables/torus_trajectories.csv", "figures/torus_2.pdf", "figures/torus_2.png")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=str(missing()))]


@pytest.fixture(scope="module")
def cluster():
    with tempfile.TemporaryDirectory(prefix="kerr", dir="/tmp") as folder, Cluster(Path(folder)) as running:
        yield running


def wait_for(condition, process, seconds=120.0):
    until = time.monotonic() + seconds
    while not (found := condition()) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    return found


def test_a_figure_by_way_of_a_cancelled_job_is_the_same(cluster, tiny_run, tiny_copy):
    results = tiny_copy / RESULTS
    shutil.rmtree(results / "raw/torus_populations")
    for name in MADE:
        (results / name).unlink()
    process = cluster.snakemake(tiny_copy, "figure_torus_2", "--configfile", TINY)
    simulation = wait_for(cluster.running, process)
    assert simulation, process.communicate()
    cluster.command("scancel", *simulation)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    for name in MADE:
        assert (results / name).read_bytes() == (tiny_run / RESULTS / name).read_bytes(), name
    states = [state for _, state in cluster.ended()]
    assert states == ["CANCELLED", "COMPLETED", "COMPLETED"], (
        "simulations of a rule are one job, so are table and figure"
    )
    nodes = {node for node, _ in cluster.ended()}
    assert nodes <= {"kerrnode1", "kerrnode2"}
    # What SLURM starts starts Snakemake once more, for all jobs of the batch.
    logs = sorted((tiny_copy / ".snakemake/slurm_logs").glob("group_simulate_torus_populations*/*.log"))
    assert len(logs) == 2 and logs[-1].read_text().count("Building DAG of jobs") == 2
