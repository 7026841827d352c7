"""How people join: by a link that fixes who they will be and where.

Headquarters invites dealer owners and regional managers, owners the staff of their stores, store
managers the associates of theirs. Who sends an invitation sees its link, also as a QR code, so that
this link alone proves nothing: only the one that was mailed, or sent to the mobile number, shows
that its reader owns that, or a code that was sent there.
"""

from dealers.invitations.giving import (
    consent,
    invite,
    may_consent,
    revoke,
    tell_owners,
)
from dealers.invitations.joining import (
    accept,
    is_elsewhere,
    is_for,
    join,
)
from dealers.invitations.links import (
    MAILS,
    PAUSE,
    VALID_FOR,
    claim,
    link,
    mailed_link,
    of_token,
    open_invitation,
    proof,
    proves,
    resend,
    send,
    send_again,
    still_given,
    why_closed,
    withdraw_left,
)
from dealers.invitations.posts import (
    INVITED_BY,
    INVITED_BY_HEADQUARTERS,
    AlreadyThere,
    InvitationRefused,
    Post,
    account_of,
    may_give,
    may_revoke,
    post,
    roles_for,
)

__all__ = [
    "INVITED_BY",
    "INVITED_BY_HEADQUARTERS",
    "MAILS",
    "PAUSE",
    "VALID_FOR",
    "AlreadyThere",
    "InvitationRefused",
    "Post",
    "accept",
    "account_of",
    "claim",
    "consent",
    "invite",
    "is_elsewhere",
    "is_for",
    "join",
    "link",
    "mailed_link",
    "may_consent",
    "may_give",
    "may_revoke",
    "of_token",
    "open_invitation",
    "post",
    "proof",
    "proves",
    "resend",
    "revoke",
    "roles_for",
    "send",
    "send_again",
    "still_given",
    "tell_owners",
    "why_closed",
    "withdraw_left",
]
