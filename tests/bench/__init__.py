"""Speed, as ratios against a named rival or limit in the same run."""
