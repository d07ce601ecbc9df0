"""Schema of the table of claims."""

from __future__ import annotations

from openkerr.tables.columns import Column, TableSchema

__all__ = ["CLAIMS"]

CLAIMS = TableSchema(
    "claims",
    "Claims of the papers and our own, held against the tables of this run.",
    (
        Column("claim", "text", "", "Name of the claim in config/claims.yaml."),
        Column("paper", "text", "", "Paper that makes it.", allowed=("torus", "chain", "ours", "extensions")),
        Column("where", "text", "", "Place in the paper."),
        Column("statement", "text", "", "What is claimed."),
        Column("published", "number", "as stated", "Published value, in the units of ours.", nullable=True),
        Column("published_error", "number", "as stated", "Its published error.", nullable=True, minimum=0.0),
        Column("ours", "number", "as stated", "Our value, a count or a share, as the rule has it.", nullable=True),
        Column(
            "ours_error",
            "number",
            "as stated",
            "Its standard error; empty where it is exact.",
            nullable=True,
            minimum=0.0,
        ),
        Column("sigma", "number", "1", "Distance that decides, in standard errors.", nullable=True, minimum=0.0),
        Column("verdict", "text", "", "Verdict.", allowed=("reproduced", "deviates", "unresolved")),
        Column("table", "text", "", "Tables that answer it."),
        Column("note", "text", "", "What was compared, or why nothing was.", nullable=True),
    ),
    key=("claim",),
)
