"""What is asked: from files to a checked case."""
