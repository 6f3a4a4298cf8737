"""Workers that hold a prepared state and map requests to results: in this process, on this machine, on many."""
