"""Everything that a dealer owns, any day, in one file to take away."""
