"""What a list is about, learned from its entries, and how well an item fits it.

`text` turns texts into terms, `features` weighs terms, `semantic` compares texts by meaning where
its extra is installed, `model` is fitted to a list and to what people decided and scores items,
`explain` says why an item is proposed.
"""
