"""A SLURM of its own on this machine: two nodes, each with a host name of its own, on loopback; for tests.

    python tests/slurm/cluster.py start FOLDER     # prints the environment that its commands need
    python tests/slurm/cluster.py stop FOLDER

Needed: root on Linux, and Debian's packages slurm-wlm and munge.  Everything but /etc/slurm/slurm.conf, which SLURM's
commands insist on, stands in the folder; a configuration that somebody else put there is left alone and refused.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".tools/slurm/bin/python"
"""The locked environment with SLURM's executor: make slurm."""
CONF = Path("/etc/slurm/slurm.conf")
NODES = ("kerrnode1", "kerrnode2")
TOOLS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "srun", "unshare")

# Ports are taken from what is free; all else is what a cluster has by default, or shorter intervals.
TEMPLATE = """\
ClusterName=openkerr
SlurmctldHost={controller}(127.0.0.1)
SlurmctldPort={controller_port}
CommunicationParameters=NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed.txt
AccountingStorageType=accounting_storage/none
MinJobAge=600
KillWait=2
SlurmdTimeout={slurmd_timeout}
ReturnToService=2
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
{nodes}
PartitionName=short Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Return why no SLURM can be started here, or ``None`` if one can."""
    if sys.platform != "linux" or os.getuid() != 0:
        return "SLURM's daemons need root on Linux"
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (Debian: apt-get install slurm-wlm munge)"
    if not PYTHON.exists():
        return "no environment with SLURM's executor is there (make slurm)"
    if CONF.exists() and "ClusterName=openkerr" not in CONF.read_text():
        return f"{CONF} is another cluster's"
    return None


class Cluster:
    """A running SLURM with its files in a folder, whose path has to be short: it holds a socket."""

    def __init__(self, folder: Path, slurmd_timeout: int = 10):
        self.folder, self.slurmd_timeout = Path(folder).absolute(), slurmd_timeout

    @property
    def environment(self) -> dict[str, str]:
        """Variables under which SLURM's commands speak to this cluster."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> Cluster:
        """Start all daemons, and wait until the nodes are idle."""
        if (why := missing()) is not None:
            raise RuntimeError(why)
        for name in ("", "state", *(f"spool.{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # where munge's clients look for its socket
        controller_port, *ports = _free_ports(1 + len(NODES))
        cpus, megabytes = len(os.sched_getaffinity(0)), psutil.virtual_memory().total // 2**20 // len(NODES)
        nodes = "\n".join(
            f"NodeName={node} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={megabytes - 100}"
            for node, port in zip(NODES, ports, strict=True)
        )
        (self.folder / "slurm.conf").write_text(
            TEMPLATE.format(
                controller=socket.gethostname(), controller_port=controller_port, folder=self.folder,
                slurmd_timeout=self.slurmd_timeout, nodes=nodes,
            )
        )  # fmt: skip
        hosts = [Path("/etc/hosts").read_text(), *(f"127.0.0.1 {node}\n" for node in NODES)]
        (self.folder / "hosts").write_text("".join(hosts))
        CONF.parent.mkdir(exist_ok=True)
        CONF.unlink(missing_ok=True)
        CONF.symlink_to(self.folder / "slurm.conf")
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self._run(
            "munged", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
            f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log",
            f"--seed-file={self.folder}/munged.seed",
        )  # fmt: skip
        self._run("slurmctld", "-c")
        for node in NODES:
            self.start_node(node)
        self.wait_for_nodes()
        return self

    def start_node(self, node: str) -> None:
        """Start the daemon of a node, which sees the node's name as its host's."""
        script = f"mount --bind {self.folder}/hosts /etc/hosts && hostname {node} && exec slurmd -c -N {node}"
        self._run("unshare", "--uts", "--mount", "--propagation", "slave", "sh", "-c", script)

    def kill_node(self, node: str) -> None:
        """End a node as a loss of power does: its daemon and all that runs under it, by SIGKILL."""
        daemon = psutil.Process(int((self.folder / f"slurmd.{node}.pid").read_text()))
        # A job's steps are no children of the daemon, but share its name of the host.
        names = os.stat(f"/proc/{daemon.pid}/ns/uts").st_ino
        for process in psutil.process_iter():
            try:
                if os.stat(f"/proc/{process.pid}/ns/uts").st_ino == names:
                    process.kill()
            except (OSError, psutil.Error):
                continue

    def wait_for_nodes(self, seconds: float = 60.0) -> None:
        """Wait until both nodes take jobs."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            states = self.command("sinfo", "-h", "-N", "-o", "%T", check=False).split()
            if len(states) == len(NODES) and set(states) <= {"idle", "mixed", "allocated"}:
                return
            time.sleep(0.2)
        logs = "\n".join(path.read_text()[-1500:] for path in sorted(self.folder.glob("*.log")))
        raise RuntimeError(f"SLURM's nodes are {states} after {seconds:.0f} s:\n{logs}")

    def command(self, *words: str, check: bool = True) -> str:
        """Run one of SLURM's commands and return what it prints."""
        done = subprocess.run(
            words, env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=60, check=False
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def running(self) -> list[str]:
        """Return the ids of the jobs that run."""
        return self.command("squeue", "-h", "-t", "RUNNING", "-o", "%i").split()

    def snakemake(self, folder: Path, *words: str, **environment: str) -> subprocess.Popen:
        """Start Snakemake in a copy of the repository with the profile of a cluster, at intervals fit for a test."""
        python = [str(PYTHON), "-m", "snakemake", *words, "--workflow-profile", "slurm", "--slurm-no-account"]
        quick = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "2"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "SLURM_"))}
        return subprocess.Popen(
            [*python, *quick, "--seconds-between-status-checks", "2", "--slurm-keep-successful-logs"], cwd=folder,
            env=kept | {"PYTHONPATH": str(folder / "workflow")} | self.environment | environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def ended(self) -> list[tuple[str, str]]:
        """Return node and state of the jobs that ended, in that order."""
        if not (self.folder / "completed.txt").exists():
            return []
        lines = [
            dict(word.split("=", 1) for word in line.split() if "=" in word)
            for line in (self.folder / "completed.txt").read_text().splitlines()
        ]
        return [(each["NodeList"], each["JobState"]) for each in lines]

    def stop(self) -> None:
        """End all jobs and all daemons, by the process ids that they left."""
        self.command("scancel", "--user=root", check=False)
        time.sleep(1.0)
        ended = []
        for path in sorted(self.folder.glob("*.pid"), reverse=True):
            try:
                process = psutil.Process(int(path.read_text()))
                process.send_signal(signal.SIGTERM)
                ended.append(process)
            except (OSError, ValueError, psutil.Error):
                continue
        for process in psutil.wait_procs(ended, timeout=15)[1]:
            process.kill()
        if CONF.is_symlink() and os.readlink(CONF) == str(self.folder / "slurm.conf"):
            CONF.unlink()

    def __enter__(self) -> Cluster:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def _run(self, *words: str) -> None:
        log = self.folder / "started.log"
        with log.open("a") as file:
            done = subprocess.run(
                words, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                timeout=60, check=False,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} failed:\n{log.read_text()}")


def _free_ports(number: int) -> list[int]:
    """Return ports of loopback that nobody listens to."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def main() -> int:
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        print(__doc__, file=sys.stderr)
        return 2
    cluster = Cluster(Path(sys.argv[2]))
    try:
        getattr(cluster, sys.argv[1])()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    if sys.argv[1] == "start":
        print(*(f"export {name}={value}" for name, value in cluster.environment.items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
