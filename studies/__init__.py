"""Studies of the instrument, whose figures stand in docs/; `pages` renders them from kept data.

Each is a command of its own, on `command`. Not installed and not for users.
"""
