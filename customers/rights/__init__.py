"""What people themselves decide about their data: consent, and to see, correct and delete it."""
