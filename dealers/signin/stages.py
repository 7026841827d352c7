"""Steps between a password or code and being signed in."""

from allauth.account import stages
from django.http import HttpResponse


class EmailVerificationStage(stages.EmailVerificationStage):
    """Who signs in shows that the e-mail address is theirs; who has none confirmed a number."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is not None and user.email is None and user.phone_verified:
            return None, True
        return super().handle()
