"""What is known of a run while it works: progress, memory, checkpoints, signals, partial failures."""
