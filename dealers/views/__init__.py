"""A person's own account, and the people of a dealer."""
