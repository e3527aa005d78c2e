"""The command line beside asv's own; a verb is imported when it is called."""
