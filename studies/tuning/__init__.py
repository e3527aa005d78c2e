"""What makes an agent program faster or smaller: each piece of advice measured, before and after.

The experiments are in `waiting`, `limits` and `work`; `worker` makes their rounds in a process of
its own, `summary` compares, and `page` renders docs/performance-tuning.md.
"""
