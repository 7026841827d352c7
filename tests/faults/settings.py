"""The portal's own settings, for what stands beside it and makes people and looks at rows."""

from config.settings import *

ALLOWED_HOSTS = ["*"]
