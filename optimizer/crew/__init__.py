"""The crew: workers that each hold a prepared state and answer questions, in this process, on this machine, on many."""
