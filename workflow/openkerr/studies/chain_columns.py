"""Columns that tables of several studies of the chain share, and what ties them."""

from __future__ import annotations

from openkerr.tables.columns import Column, Rule

__all__ = ["BURN_IN", "DRIVE", "LENGTH", "SITE", "SITE_IN_CHAIN", "STATIONARITY", "WINDOW"]

LENGTH = Column("length", "integer", "sites", "Number of sites.", minimum=2)
DRIVE = Column("drive_amplitude", "number", "gamma", "Coherent drive amplitude F.", minimum=0.0)
SITE = Column("site", "integer", "1", "Site, counted from 1 at the driven end.", minimum=1)
BURN_IN = Column("burn_in", "number", "1/gamma", "Time before the window.", minimum=0.0)
WINDOW = Column("window", "number", "1/gamma", "Time over which is averaged.", minimum=0.0)
STATIONARITY = Column(
    "stationarity",
    "number",
    "1",
    "Photon number in the second half of the window minus the first half, in standard errors.",
    nullable=True,
)

SITE_IN_CHAIN = Rule("site must not exceed length", lambda frame: frame["site"] <= frame["length"])
