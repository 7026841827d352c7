"""The first pages: what waits today for a person in their post, and for headquarters."""
