"""The forms that several commands open."""
