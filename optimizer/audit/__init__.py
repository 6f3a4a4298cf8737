"""A second, independent account of a plan from the raw inputs: no formulation, no solver in its rules."""
