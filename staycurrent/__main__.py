"""`python -m staycurrent`: the same as the command `staycurrent`."""

from staycurrent.flows.cli import entry

if __name__ == "__main__":
    entry()
