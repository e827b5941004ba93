"""Exports: a metric or a page's data as a file for a spreadsheet, a notebook or another program.

`write.write_export` is the way in. Data arrives as a data frame or as a stream of Arrow batches and leaves batch by
batch, so that a file may be larger than memory.
"""
