"""Load: arrivals that do not wait for replies, or users who do; recorded, summarised, judged.

One way only: plan -> engine -> records -> summary -> outputs. Everything up to the records is
standard library, because it also runs inside measured environments.
"""
