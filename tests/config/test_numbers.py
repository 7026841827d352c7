"""A number that the database would refuse is refused by its form, in a sentence."""

import re

import pytest
from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.db import transaction
from django.urls import reverse
from django.utils.translation import override

from customers.models import DispatchTerms, Rulebook
from incentives.models import Plan, PlanVersion, Program
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import drafted
from tests.factories.training import VersionFactory
from training.models import CourseVersion

pytestmark = pytest.mark.django_db

MODELS = (Rulebook, DispatchTerms, Program, Plan, PlanVersion, CourseVersion)
WRONG = (
    "-1",
    "0",
    "367",
    "32768",
    "65536",
    "2147483648",
    "9" * 13,
    "1e9",
    "0.5",
    "NaN",
    "１２",
    "x",
)
RAW = re.compile(r"[Cc]onstraint|_[a-z]+_|约束")


def a(model):
    if model is Rulebook:
        return RulebookFactory(published_at=None, warning_days=[30, 7], sharing_days=[0, 0, 15, 30])
    if model is DispatchTerms:
        return DispatchTerms.objects.create(name="冬季", starts_on="2199-03-01")
    if model is Program:
        return Program.objects.create()
    if model is CourseVersion:
        return VersionFactory()
    version = drafted()
    return version.plan if model is Plan else version


def sent(page):
    """What a browser sends from a page of the admin as it was opened."""
    data = {}
    for inline in page.context["inline_admin_formsets"]:
        management = inline.formset.management_form
        data |= {f"{management.prefix}-{key}": value for key, value in management.initial.items()}
        for form in inline.formset.initial_forms:
            for field in form:
                value = field.value()
                gone = value is False or value is None or hasattr(value, "open")
                data[field.html_name] = "" if gone else value
    for field in page.context["adminform"].form:
        value = field.value()
        if isinstance(value, list):
            value = ",".join(map(str, value))
        if value is not False:
            data[field.html_name] = "" if value is None else value
    return data


def numbers(form):
    kinds = (forms.IntegerField, forms.DecimalField, SimpleArrayField)
    return [name for name, field in form.fields.items() if isinstance(field, kinds)]


def problems(form):
    return [problem for found in form.errors.values() for problem in found]


def tried(values):
    """What is typed into a field that holds one number, or several."""
    if "," not in values:
        return WRONG
    count = values.count(",") + 1
    return (*WRONG, *(",".join([each] * count) for each in WRONG), f"0{',0' * (count - 2)},367")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_number_out_of_bounds_is_refused_in_a_sentence(login, hq, model):
    thing = a(model)
    name = model._meta.label_lower.replace(".", "_")
    opened = login(hq).get(reverse(f"admin:{name}_change", args=[thing.pk]))
    first, data = opened.context["adminform"].form, sent(opened)
    names = numbers(first)
    assert names
    said = []
    for name in names:
        for value in tried(str(data[name])):
            fresh = model.objects.get(pk=thing.pk)
            form = type(first)(data | {name: value}, instance=fresh)
            with override("en"), transaction.atomic():
                if form.is_valid():
                    form.save()  # the database takes it too
                elif not problems(form) or any(map(RAW.search, problems(form))):
                    said.append((name, value, problems(form)))
                transaction.set_rollback(True)

    assert said == []
