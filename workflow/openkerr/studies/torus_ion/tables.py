"""Schemas of the tables of the trapped ion."""

from __future__ import annotations

from openkerr.studies.columns import ALEPH
from openkerr.tables.columns import Column, TableSchema

__all__ = ["TORUS_CIRCUIT", "TORUS_ION_REGION", "TORUS_TRAPPED_ION"]

TORUS_TRAPPED_ION = TableSchema(
    "torus_trapped_ion",
    "One trapped ion as the two cavities: effective and rescaled parameters, and the ratios that must be small.",
    (
        Column("kind", "text", "", "What the row holds.", allowed=("effective", "rescaled", "ratio")),
        Column("name", "text", "", "Name of the parameter or ratio."),
        Column("mode", "integer", "1", "Motional mode; 0 where it belongs to both.", allowed=(0, 1, 2)),
        Column("value", "number", "as stated", "Its value; rates and frequencies over 2 pi."),
        Column("unit", "text", "", "Unit of the value.", allowed=("kHz", "1", "eta")),
        Column(
            "reference",
            "number",
            "as stated",
            "Rescaled: the value wanted; ratio: the largest one allowed.",
            nullable=True,
        ),
    ),
    key=("kind", "name", "mode"),
)

TORUS_CIRCUIT = TableSchema(
    "torus_circuit",
    "Two microwave cavities as the model: effective and rescaled parameters, and the ratios that must be small.",
    (
        Column("kind", "text", "", "What the row holds.", allowed=("effective", "rescaled", "ratio")),
        Column("name", "text", "", "Name of the parameter or ratio."),
        Column("mode", "integer", "1", "Cavity; 0 where it belongs to both.", allowed=(0, 1, 2)),
        Column("value", "number", "as stated", "Its value; rates and frequencies over 2 pi."),
        Column("unit", "text", "", "Unit of the value.", allowed=("GHz", "kHz", "1", "eta")),
        Column(
            "reference",
            "number",
            "as stated",
            "Rescaled: the value wanted; ratio: the largest one allowed.",
            nullable=True,
        ),
    ),
    key=("kind", "name", "mode"),
)

TORUS_ION_REGION = TableSchema(
    "torus_ion_region",
    "Rescaling parameters and units of rates that a trapped ion can reach, within given lasers and decays.",
    (
        Column("lamb_dicke", "number", "1", "Lamb-Dicke parameter of all lasers.", above=0.0),
        ALEPH,
        Column("largest_unit", "number", "kHz", "Largest unit of rates over 2 pi; 0 where there is none.", minimum=0.0),
        Column(
            "bound",
            "text",
            "",
            "What sets the largest unit.",
            allowed=("lamb_dicke", "pump", "loss", "tunneling"),
        ),
        Column("smallest_unit", "number", "kHz", "Unit below which heating counts, over 2 pi.", minimum=0.0),
    ),
    key=("lamb_dicke", "aleph"),
)
