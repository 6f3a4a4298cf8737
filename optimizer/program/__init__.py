"""From the formulation to a linear programme: compiled, with a template of a day, written as arrays."""
