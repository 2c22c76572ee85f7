"""Proofs, measured on this machine: a fragment for the page's script, a page of its own without scripts."""

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse

from groundup.app.pages import fragment, page
from groundup.app.services.proof_results import Proofs, recorded_outcome

router = APIRouter()
_proofs = Proofs()


@router.get("/verify/{module}")
async def verify(request: Request, module: str, part: bool = False) -> HTMLResponse:
    """Run the proof of a module and show its lines; ``part`` asks for the table alone."""
    try:
        shown = proof_html(module, await _proofs.measure(module), here=True)
    except LookupError as unknown:
        raise HTTPException(404, f"{unknown.args[0]}.") from None
    except RuntimeError as failed:
        shown = proof_html(module, recorded_outcome(module), problem=str(failed))
    return HTMLResponse(shown) if part else page(request, "proof.html", module=module, proof=shown)


def proof_html(module: str, outcome: dict | None, *, here: bool = False, problem: str = "") -> str:
    """The lines of a proof as HTML.

    Parameters
    ----------
    module : str
        Dotted name.
    outcome : dict or None
        As `groundup.proofs.recording.outcome` gives it; None while nothing is known.
    here : bool
        Measured on this machine just now, not recorded.
    problem : str
        Why it could not be measured.
    """
    return fragment("_proof.html", module=module, outcome=outcome, here=here, problem=problem)
