"""The chain by second-order cumulants."""
