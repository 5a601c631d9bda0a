"""Data into parts, one file per noun: what a person reads, in whatever surface draws it."""
