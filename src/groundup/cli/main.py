"""All commands in one place; what they do stands in the modules beside this one."""

import os
import sys

import typer

from groundup.cli import content, doctor, exercises, generate, measure, serve
from groundup.cli.console import Refusal, complain
from groundup.course.errors import ContentError

__all__ = ["app", "main"]

app = typer.Typer(
    name="groundup",
    help="Machine learning learned by building it. Begin with: groundup learn",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    serve.learn,
    content.list_,
    exercises.check,
    exercises.watch,
    content.search,
    measure.verify,
    measure.bench,
    generate.generate,
    content.audit,
    content.export,
    exercises.reset,
    doctor.doctor,
):
    app.command(name=command.__name__.rstrip("_"))(command)


def main() -> None:
    """Run the command line; a refusal is a sentence on standard error, never a traceback."""
    for name in ("stdout", "stderr"):  # None when the shell closed it; what is said then goes nowhere
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    try:
        app()
    except Refusal as refusal:
        complain(str(refusal))
        sys.exit(refusal.code)
    except ContentError as fault:  # names file, line and field
        complain(str(fault))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of a pipe has gone, as with `| head`
        sys.stderr.close()
        sys.exit(1)
    except OSError as fault:  # a folder that cannot be made, a disk that is full
        complain(f"{fault.filename}: {fault.strerror}" if fault.filename else str(fault.strerror or fault))
        sys.exit(1)
