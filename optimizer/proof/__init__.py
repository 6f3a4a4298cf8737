"""What can be proved of an answer without believing the solver: bounds in exact arithmetic, from any multipliers."""
