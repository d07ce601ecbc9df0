"""A trapped ion as the two cavities."""
