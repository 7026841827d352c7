"""The pages of customers; for whom they are not for they do not exist."""
