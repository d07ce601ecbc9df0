"""One file a method; every method takes any model."""
