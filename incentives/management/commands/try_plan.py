from itertools import islice
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.commands import keep
from dealers.imports.csv import SHOWN
from dealers.imports.problems import WrongUse
from incentives.engine import facts, files, run
from incentives.engine.program import parse
from incentives.engine.registry import REASONS
from incentives.plans import program_file


class Command(BaseCommand):
    help = "Show what a program's plans give for a file of events; touches no data."

    def add_arguments(self, parser):
        parser.add_argument("program", type=Path, metavar="PROGRAM.json")
        parser.add_argument("events", type=Path, metavar="EVENTS.csv")
        parser.add_argument("--out", type=Path, required=True, metavar="LINES.csv")

    def handle(self, *args, **options):
        keep([options["program"], options["events"]], [options["out"]])
        try:
            program = parse(program_file.read(options["program"]))
            events, file = facts.read(options["events"], program.timezone)
            found = run.lines(program, events)
            files.write(options["out"], found, program.currency)
            target = file.path.with_name(f"{file.path.stem}.rejected.csv")
            if file.problems:
                file.write_rejected(target)
        except OSError as problem:
            raise CommandError(f"{problem.filename}: {problem.strerror}", returncode=2) from None
        except (program_file.ProgramNotValid, WrongUse) as refused:
            raise CommandError(str(refused), returncode=2) from None
        for component in program.components:
            self.stdout.write(f"{component.values['code']}: {component.said}")
        given = {code for line in found for code in line.reason.split("+")}
        for code, said in REASONS.items():
            if code in given:
                self.stdout.write(f"{code}: {said}")
        self.stdout.write(
            _("%(events)d rows of events, %(lines)d lines: %(path)s")
            % {"events": file.accepted, "lines": len(found), "path": options["out"]}
        )
        for wrong in islice(file.problems, SHOWN):
            self.stdout.write(f"  {wrong}")
        if len(file.problems) > SHOWN:
            self.stdout.write("  …")
        if rejected := len(file.problems):
            self.stdout.write(_("Rejected rows: %(path)s") % {"path": target})
            raise CommandError(
                ngettext("%(count)d row was rejected.", "%(count)d rows were rejected.", rejected)
                % {"count": rejected},
                returncode=1,
            )
