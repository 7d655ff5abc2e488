"""The commands, the stages of a run, git and pull requests, and Prefect."""
