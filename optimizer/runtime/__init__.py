"""A run as processes: estimate, time limits, watchdog, checkpoint file, exit codes."""
