"""The addition that the documentation works out is all that it takes: applied to a copy, it is seen in a table."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]

# What the rule of the table does, by its script alone.
RUN = """
import runpy
from types import SimpleNamespace

from snakemake.iocontainers import InputFiles, OutputFiles, Params

from openkerr.__main__ import main
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.run.config import load_config
from openkerr.runtime.provenance import code_of_rule, fingerprint
from openkerr.settings.fields import decisive

main(["schema", "--write"])
given = {"length": 3, "drive_amplitude": 1.0, "loss_rate": 2.0, "intrinsic_loss_rate": 0.5}
for rate in (0.0, 0.25):
    chain = BoseHubbardChain(**given, end_loss_rate=rate)
    print(*chain.site_losses(), chain.noise_label(given | {"end_loss_rate": rate}).get("end_loss_rate"))
for path in ("config/config.yaml", "config/paper.yaml", "tests/config/tiny.yaml"):
    config = load_config(path)
files = code_of_rule("chain_parameters")
params = {"model": decisive(config.chain.model), "fingerprint": fingerprint(*files)}
job = SimpleNamespace(
    rule="chain_parameters", input=InputFiles(), output=OutputFiles(fromdict={"table": "chain_parameters.csv"}),
    params=Params(fromdict=params), log=["chain_parameters.log"], threads=1, resources={},
)
runpy.run_path(str(files[0]), {"snakemake": job})
"""


@pytest.mark.slow
def test_a_parameter_is_added_as_the_documentation_says(tmp_path):
    for name in ("workflow", "config", "tests/config", "docs/example"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (page,) = re.findall(r"```diff\n(.*?)```", (ROOT / "docs/development.md").read_text(encoding="utf-8"), re.DOTALL)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["PYTHONPATH"] = str(tmp_path / "workflow")
    for command, text in ((["git", "apply", "-"], page), ([sys.executable, "-"], RUN)):
        done = subprocess.run(
            command, input=text, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["2.5 0.5 2.5 None", "2.5 0.5 2.75 0.25"]
    assert "`end_loss_rate` | loss rate of the last site" in (tmp_path / "config/README.md").read_text(encoding="utf-8")
    table = pd.read_csv(tmp_path / "chain_parameters.csv").set_index("parameter")["value"]
    assert table["end_loss_rate"] == 0.0 and len(table) == 7
