"""The problem: what is asked, the rules, and the shape of the answer. No files, no solver, no printing."""
