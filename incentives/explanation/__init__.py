"""Why an amount, and why none: stored facts as sentences and steps in the reader's language."""
