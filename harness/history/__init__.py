"""Release history of a package as a git repository, and the asv plugin that uses it."""
