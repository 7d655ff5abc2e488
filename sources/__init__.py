"""The feeds: one module per feed, settings and one function, and the candidates they lead to."""
