"""``python -m config.secrets`` prints fresh secrets for the environment of an installation."""

import base64
import hashlib
import secrets

KEYS = ("PORTAL_MASTER_KEY", "PORTAL_FINGERPRINT_KEY")
LENGTHS = {"PORTAL_SECRET_KEY": 48, "PORTAL_MASTER_KEY": 32, "PORTAL_FINGERPRINT_KEY": 32}  # bytes


def fresh() -> dict[str, str]:
    """A new value for each secret, by its variable."""
    return {
        name: base64.b64encode(secrets.token_bytes(length)).decode()
        for name, length in LENGTHS.items()
    }


def in_place_of(name: str, secret_key: str) -> str:
    """Something in the place of a key that is missing: sessions are sealed with it, no customer."""
    return base64.b64encode(
        hashlib.sha256(f"{name} is missing|{secret_key}".encode()).digest()
    ).decode()


if __name__ == "__main__":
    print("\n".join(f'{name}="{value}"' for name, value in fresh().items()))  # noqa: T201
