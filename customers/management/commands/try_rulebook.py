import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from customers.ownership import bench_file
from customers.ownership.bench_file import CasesNotValid
from customers.ownership.expectations import differences
from customers.ownership.stories import sentence
from dealers.commands import opening


class Command(BaseCommand):
    """Needs no database: it works where none runs, and changes nothing anywhere."""

    help = "Answer cases by the rulebook that they name, and hold the answers against theirs."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="CASES.json")
        parser.add_argument("--out", type=Path, metavar="FILE.json", help="the cases with “got”")

    def handle(self, *args, **options):
        try:
            with opening(options["file"]):
                cases = bench_file.read(options["file"])
        except CasesNotValid as problem:
            raise CommandError(str(problem), returncode=2) from None
        answers = [bench_file.tried(case) for case in cases]
        if options["out"] is not None:
            _write(options["out"], cases, answers)
        expected = sum(len(each) for case in cases for each in case.expected)
        failed = 0
        for case, got in zip(cases, answers, strict=True):
            for difference in differences(case, got):
                failed += 1
                self.stdout.write(sentence(difference))
        summary = _("%(cases)d cases, %(expected)d expectations, %(failed)d not met") % {
            "cases": len(cases), "expected": expected, "failed": failed,
        }  # fmt: skip
        if failed:
            raise CommandError(summary, returncode=1)
        self.stdout.write(summary)


def _write(path, cases, answers):
    pairs = zip(cases, answers, strict=True)
    whole = [bench_file.with_answers(case, got) for case, got in pairs]
    with opening(path):
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
