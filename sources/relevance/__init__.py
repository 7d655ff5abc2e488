"""What a list is about, learned from its entries, and how well an item fits it.

`text` turns texts into terms, `features` weighs terms, `model` is fitted to a list and scores
items, `explanation` says why an item is proposed.
"""
