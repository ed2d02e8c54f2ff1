"""Honest files, written by the libraries that people write them with.

They are the judge of what the scanner must let pass. There is one module for each family of
libraries; `table.MAKERS` names them all. They run in an environment of their own (`make honest`),
never in that of the tests.
"""
