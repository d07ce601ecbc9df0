"""The studies: a folder each, with its block of the configuration, its jobs, its tables and its raw files."""
