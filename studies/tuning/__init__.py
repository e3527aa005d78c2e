"""What makes an agent program faster or smaller: each piece of advice measured, before and after.

`waiting` and `work` hold the experiments, `page` renders docs/performance-tuning.md.
"""
