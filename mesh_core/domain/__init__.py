"""The mesh as pure values and decisions: no I/O, no clock, no randomness."""
