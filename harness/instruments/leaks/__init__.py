"""Whether repeated runs hold on to something, what it is, and where it comes from.

`study.find_leak` answers that; `readings` alone tells whether memory grows, for who asks no more.
Importable in a measured process: nothing but the standard library and psutil.
"""
