"""The calls of ``import openkerr as ok``: solvers with settings chosen, and labelled results."""
