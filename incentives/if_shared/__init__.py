"""What a dealer's last months would have been, had it shared its customers at another level."""
