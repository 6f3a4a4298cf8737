"""Workers with a state that map requests to results: in this process, on this machine, on many."""
