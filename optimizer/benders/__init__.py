"""Decomposition: a master problem of the investments, blocks of days as subproblems, cuts between them."""
