"""A run as processes: what it may take, who watches it, what is left when it dies, how it ends."""
