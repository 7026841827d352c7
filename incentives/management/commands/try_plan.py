from itertools import islice
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.commands import keep, opening
from dealers.imports.csv import SHOWN
from dealers.imports.problems import WrongUse
from incentives.engine import fact_file, files, run
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
        out = options["out"]
        keep([options["program"], options["events"]], [out])
        try:
            program = parse(program_file.read(options["program"]))
            events, file = fact_file.read(options["events"], program.timezone)
            found = run.lines(program, events)
            with opening(out):
                files.write(out, found, program.currency)
            target = file.path.with_name(f"{file.path.stem}.rejected.csv")
            if target.absolute() == out.absolute():
                target = target.with_stem(f"{target.stem}.2")
            if file.problems:
                with opening(target):
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
            % {"events": file.accepted, "lines": len(found), "path": out}
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
