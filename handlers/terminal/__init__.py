"""What can be asked of Barometer in a terminal, one file per noun."""
