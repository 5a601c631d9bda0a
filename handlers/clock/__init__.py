"""The clock door: APScheduler wakes, the database decides."""
