"""The keys behind the vault: what holds them, what they seal and how they are replaced."""
