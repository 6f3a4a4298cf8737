"""A second, independent recomputation of a plan from the raw inputs: no formulation, no solver in its rules."""
