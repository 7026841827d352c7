"""Reading the files of other systems: one way to say what is wrong with a row and what is right."""
