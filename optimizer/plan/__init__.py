"""What is answered: from solution to plan, audit and files."""
