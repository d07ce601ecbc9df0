"""Tables: what schemas are made of, and the files."""
