"""Honest files, written by the libraries that people write them with.

They are the judge of what the scanner must let pass. One module a family of libraries; `table.MAKERS`
names them all. It runs in an environment of its own (`make honest`), never in that of the tests.
"""
