"""What a dealer gave the brand by sharing, and what came back."""
