"""The whole configuration, what it will cost, and the register of its tables."""
