"""Schema of the table of the weak error of the steps."""

from __future__ import annotations

from openkerr.studies.columns import TRAJECTORIES
from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = ["STEPPER_ERRORS"]

STEPPER_ERRORS = TableSchema(
    "stepper_errors",
    "Weak error of every stepper, precision and law of noise against its step.",
    (
        Column("problem", "text", "", "Model: the two cavities or the chain.", allowed=("torus", "chain")),
        Column("case", "text", "", "Name of the case in the configuration."),
        Column("stepper", "text", "", "Step."),
        Column("precision", "text", "", "Arithmetic of the fields.", allowed=("double", "single")),
        Column("noise", "text", "", "Law of the noise.", allowed=("gaussian", "discrete")),
        Column("time_step", "number", "1/eta or 1/gamma", "Step.", above=0.0),
        Column("quantity", "text", "", "Average that is compared.", allowed=("field", "photon_number")),
        Column("mode", "integer", "1", "Cavity or site, from 1.", minimum=1),
        *estimate(
            "error",
            "1",
            "Root mean square over the window of the difference from the reference (cavities: rescaled units); "
            "empty where a trajectory became infinite.",
            nullable=True,
            minimum=0.0,
        ),
        Column("tolerance", "number", "1", "Error that the default step must meet.", above=0.0),
        TRAJECTORIES,
    ),
    key=("problem", "case", "stepper", "precision", "noise", "time_step", "quantity", "mode"),
)
