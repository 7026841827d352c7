"""People from a file: each is invited to the post that their row names."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from dealers import invitations
from dealers.imports.csv import CsvFile
from dealers.imports.kinds import Job
from dealers.imports.problems import RowProblem
from dealers.imports.values import identifier, text
from dealers.models import Dealer, Region, Role
from dealers.phones import PhoneNotValid, normalise
from dealers.words import listed

COLUMNS = ("name", "email", "role", "place")


def load(file: CsvFile, job: Job) -> None:
    """Invite who is new, inside the caller's transaction; who holds the post or is invited is not.

    Rows are rejected for a role that the actor may not give, and for a place that is not on file.
    """
    job.progress.start(_("Reading %(name)s") % {"name": file.name}, file.size)
    for line, values in file.rows(job.progress):
        row = dict(zip(file.columns, values, strict=True))
        try:
            if not _take(row, job):
                file.repeated += 1
        except RowProblem as problem:
            file.reject_for(line, problem)


def _take(row: dict[str, str], job: Job) -> bool:
    """Invite a row's person; False if there is nothing to do. Raises RowProblem."""
    name = text("name", row["name"], 80)
    contact = text("email", row["email"], 254).lower()
    email, phone = "", ""
    try:
        if "@" in contact:
            email = contact
            validate_email(email)
        else:
            phone = normalise(contact)
    except ValidationError as problem:
        raise RowProblem("email", contact, problem.messages[0]) from None
    except PhoneNotValid as problem:
        raise RowProblem("email", contact, str(problem)) from None
    role = text("role", row["role"], 40)
    given = invitations.roles_for(job.by)
    if role not in given:
        words = listed(Role(each).label for each in given)
        raise RowProblem("role", role, _("Write one of these roles: %(roles)s.") % {"roles": words})
    scope = _scope(role, identifier("place", row["place"], 40))
    try:
        invitations.invite(
            email=email,
            phone=phone,
            name=name,
            role=role,
            scope=scope,
            by=job.by,
            at=job.at,
            site=job.site,
        )  # fmt: skip
    except invitations.AlreadyThere:
        return False
    except invitations.InvitationRefused as refused:
        raise RowProblem("email", contact, str(refused)) from None
    return True


def _scope(role: str, code: str) -> Dealer | Region:
    found: Dealer | Region | None
    if role == Role.OWNER:
        found = Dealer.objects.filter(code=code).first()
        remedy = _("Write the code of a dealer on file.")
    else:
        found = Region.objects.filter(code=code).first()
        remedy = _("Write the code of a region on file.")
    if found is None:
        raise RowProblem("place", code, remedy)
    return found
