"""Exports: a metric or a page's data as a file for a spreadsheet, a notebook or another program.

`write.write_export` is the way in. A data frame is written batch by batch: beside the frame, memory holds a few rows.
"""
