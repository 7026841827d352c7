"""What ``make up`` starts: databases without an installation, the signer, and the portal."""
