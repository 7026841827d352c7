"""The portal's own settings, for what stands beside it and makes people and looks at rows."""

from config.servers import logins

logins.be_owner()  # it looks at all rows

from config.settings import *  # noqa: E402

ALLOWED_HOSTS = ["*"]
