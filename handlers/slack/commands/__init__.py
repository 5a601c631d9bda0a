"""One file for each slash command: its words, its buttons and its forms."""
