"""What stands in the way: the limits that make a case infeasible, and what the limits of a feasible one are worth."""
