"""Register of all tables, made from the studies."""

from __future__ import annotations

from collections.abc import Mapping

from openkerr.claims import tables as claims
from openkerr.studies.chain_chaos import tables as chain_chaos
from openkerr.studies.chain_cumulants import tables as chain_cumulants
from openkerr.studies.chain_dimer import tables as chain_dimer
from openkerr.studies.chain_ensembles import tables as chain_ensembles
from openkerr.studies.chain_map import tables as chain_map
from openkerr.studies.chain_metastability import tables as chain_metastability
from openkerr.studies.chain_thermodynamics import tables as chain_thermodynamics
from openkerr.studies.chain_transport import tables as chain_transport
from openkerr.studies.chain_wave import tables as chain_wave
from openkerr.studies.steppers import tables as steppers
from openkerr.studies.torus_actions import tables as torus_actions
from openkerr.studies.torus_attractors import tables as torus_attractors
from openkerr.studies.torus_gaps import tables as torus_gaps
from openkerr.studies.torus_ion import tables as torus_ion
from openkerr.studies.torus_liouvillian import tables as torus_liouvillian
from openkerr.studies.torus_melting import tables as torus_melting
from openkerr.studies.torus_populations import tables as torus_populations
from openkerr.tables.columns import TableSchema

__all__ = ["TABLES", "describe_tables"]

_MODULES = (
    torus_populations,
    torus_attractors,
    torus_ion,
    torus_gaps,
    torus_liouvillian,
    torus_melting,
    torus_actions,
    steppers,
    chain_ensembles,
    chain_map,
    chain_chaos,
    chain_thermodynamics,
    chain_wave,
    chain_metastability,
    chain_cumulants,
    chain_transport,
    chain_dimer,
    claims,
)

TABLES: Mapping[str, TableSchema] = {
    schema.name: schema for module in _MODULES for schema in vars(module).values() if isinstance(schema, TableSchema)
}
"""Schemas of all tables by name."""


def describe_tables(tables: Mapping[str, TableSchema] = TABLES) -> str:
    """Return the data dictionary of tables, default: all of the workflow's, as Markdown."""
    lines = ["# Tables", ""]
    for schema in tables.values():
        lines += [f"## {schema.name}", "", schema.title, ""]
        lines += [f"One row for each {', '.join(schema.key)}.", ""]
        lines += ["| column | kind | unit | meaning | allowed |", "| --- | --- | --- | --- | --- |"]
        for column in schema.columns:
            allowed = ", ".join(part for part in (column.limits(), "may be empty" * column.nullable) if part)
            meaning = column.description.replace("|", "\\|").replace("<", "&lt;")
            lines.append(f"| {column.name} | {column.kind} | {column.unit} | {meaning} | {allowed} |")
        lines += ["", *(f"- {rule.sentence}" for rule in schema.rules)]
        if schema.rules:
            lines.append("")
    return "\n".join(lines)
