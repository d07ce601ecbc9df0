"""Paths of least action between limit cycle and limit torus."""
