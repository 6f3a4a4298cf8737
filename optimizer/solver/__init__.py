"""The only owner of the solver: hand-over, clocks, statuses, results that are verified, self-test."""
