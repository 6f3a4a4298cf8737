"""The engine in a browser, on this machine only: choose a case, change settings, watch it solve, read, compare."""
