"""Tables of the trapped ion of the tiny configuration and of the rescaling, for tests of their figures."""

from pathlib import Path

import numpy as np

from openkerr.analysis.rescaling import parameters_table
from openkerr.analysis.trapped_ion import ion_table, region_table
from openkerr.models.trapped_ion import IonTarget, TrappedIon
from openkerr.run.config import load_config
from openkerr.studies.torus_attractors.tables import TORUS_PARAMETERS
from openkerr.studies.torus_ion.tables import TORUS_ION_REGION, TORUS_TRAPPED_ION
from openkerr.tables.files import validate_table

BLOCK = load_config(Path(__file__).resolve().parents[1] / "config/tiny.yaml").torus.trapped_ion


def tables():
    ion = TrappedIon(**BLOCK.lasers.model_dump(), model=IonTarget(**BLOCK.model.model_dump()))
    frame = ion_table(ion.values(), ion.realised, BLOCK.model.model_dump(), ion.ratios, ion.largest_ratio)
    region = region_table(
        [0.02, 0.05, 0.1], np.geomspace(1, 1000, 61), 5.0, largest_ratio=0.25, largest_rabi_frequency=300.0,
        largest_decay=100.0, secular_frequency=3000.0, population=0.77, tunneling=0.4, pump_rate=1.0,
        two_photon_loss_rate=1.0,
    )  # fmt: skip
    return validate_table(TORUS_TRAPPED_ION, frame), validate_table(TORUS_ION_REGION, region)


def parameters(kerr=(0.1, 0.1)):
    model = {
        "omega": (1.0, 1.0), "kerr": kerr, "tunneling": 0.4, "pump_rate": (1.0, 1.0),
        "two_photon_loss_rate": (1.0, 1.0),
    }  # fmt: skip
    return validate_table(TORUS_PARAMETERS, parameters_table(model, [1.0, 100.0, 1e4]))
