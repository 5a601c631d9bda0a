"""The doors: everything that lets the world in. Decides nothing."""
