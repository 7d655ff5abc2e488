"""The conductor: one module per verb, plain functions over the rooms below."""
