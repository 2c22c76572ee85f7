"""``python -m groundup.proofs MODULE... [--json] [--record]``: run proofs; exit code 1 when one fails."""

import argparse
import json
import sys

from groundup.proofs.recording import outcome, record, select


def main(arguments: list[str] | None = None) -> int:
    """Run the proofs of modules or families; what `groundup verify` and a lesson's page call."""
    parser = argparse.ArgumentParser(prog="python -m groundup.proofs", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="MODULE", help="groundup.math.linear_algebra, math, ...; default all"
    )
    parser.add_argument("--json", action="store_true", help="a JSON list, one object a module")
    parser.add_argument("--record", action="store_true", help="keep what was measured")
    asked = parser.parse_args(arguments)
    try:
        modules = select(asked.names)
    except LookupError as unknown:
        print(unknown.args[0], file=sys.stderr)
        return 2
    results = []
    for module in modules:
        result = outcome(module)
        results.append(result)
        if asked.record and result["ok"] and not result["missing"]:
            record(result)
        if not asked.json:
            for line in result["checks"]:
                error = "-" if line["error"] is None else f"{line['error']:.1e}"
                print(
                    f"{'ok  ' if line['ok'] else 'FAIL'} {module}: {line['check']}: {error} of {line['tolerance']:.1e}"
                )
    if asked.json:
        print(json.dumps(results, ensure_ascii=False))
    return 0 if all(result["ok"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
