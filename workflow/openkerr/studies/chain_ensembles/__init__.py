"""Single chains in their steady state."""
