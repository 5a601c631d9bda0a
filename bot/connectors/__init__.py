"""Where numbers come from, one file per kind of source."""
