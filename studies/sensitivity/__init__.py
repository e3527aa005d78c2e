"""The sensitivity study: what was planted, is it found; what was not, is it left alone?

`python -m studies.sensitivity` measures and appends raw data; `studies.pages` writes the page.
"""
