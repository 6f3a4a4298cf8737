"""`python -m optimizer` is the command line."""

from optimizer.cli import main

main()
