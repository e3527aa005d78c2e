"""The sensitivity study: what was planted, is it found; what was not, is it left alone?

`python -m studies.sensitivity` measures what is missing in docs/sensitivity-data, `studies.pages`
writes the page.
"""
