"""How it is solved: from model to solution."""
