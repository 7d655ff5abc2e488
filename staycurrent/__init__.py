"""Keeps a curated markdown list honest and current.

The rooms of the product are packages of this one: `staycurrent.flows`, `staycurrent.links`, ...
In the repository they are folders at the top, and the links in this folder lead to them.
"""
