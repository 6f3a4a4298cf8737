"""What a run says of itself and holds while it works: progress, memory, signals, partial failures."""
