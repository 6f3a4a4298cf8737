"""From a solution to a plan."""
