"""What is possible where: the table of verdicts, theorems that run, and the project in one look."""
