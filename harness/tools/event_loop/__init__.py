"""`python -m harness event-loop`: does an agent block its event loop, and where?"""
