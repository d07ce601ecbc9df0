"""openkerr: open quantum systems of Kerr cavities, from the model to the figure."""

__version__ = "0.1.0"
