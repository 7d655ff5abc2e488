"""The feeds: one module per adapter, one function in each, and the candidates they lead to."""
