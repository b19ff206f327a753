"""The report: what is wrong with each model, how it is known, where to look and what to do, on one page.

It reads `baton.model_health` and its inputs, and computes no number: every figure is a cell of a table.
"""
