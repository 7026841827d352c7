"""What stands between a stranger and an account: codes, known devices, limits of tries."""
