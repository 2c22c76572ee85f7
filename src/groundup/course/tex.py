r"""TeX as a line of text, for search results and other places that typeset nothing: ``A^\top b`` is ``Aᵀ b``."""

import re
import unicodedata

__all__ = ["words_of_tex"]

SIGNS = {
    "top": "ᵀ", "cdot": "·", "times": "×", "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "in": "∈", "sum": "∑",
    "prod": "∏", "int": "∫", "partial": "∂", "nabla": "∇", "infty": "∞", "pm": "±", "mp": "∓", "to": "→", "odot": "⊙",
    "leftarrow": "←", "rightarrow": "→", "Rightarrow": "⇒", "Longrightarrow": "⇒", "Longleftrightarrow": "⇔",
    "longmapsto": "↦", "mapsto": "↦", "mid": "|", "lVert": "‖", "rVert": "‖", "dots": "…", "cdots": "…", "ldots": "…",
    "sqrt": "√", "varepsilon": "ε", "varphi": "φ", "lambda": "λ", "Lambda": "Λ",
}  # fmt: skip
SILENT = {
    "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "text", "operatorname", "mathbb", "mathcal",
    "mathbf", "mathrm", "bar", "hat", "tilde", "vec", "underbrace", "overbrace", "limits", "displaystyle",
}  # fmt: skip
RAISED = str.maketrans("0123456789+-nkT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵏᵀ")

_FRACTION = re.compile(r"\\[td]?frac\s*(\{[^{}]*\}|.)\s*(\{[^{}]*\}|.)")
_COMMAND = re.compile(r"\\([a-zA-Z]+)(\s?)")
_POWER = re.compile(r"\^(?:\{([0-9+\-nkT]+)\}|([0-9nkT]))")


def words_of_tex(tex: str) -> str:
    """One line that a person can read and a search can find words in.

    Parameters
    ----------
    tex : str
        What stands between the dollar signs.
    """
    text = re.sub(r"\\(?:begin|end)\{[a-z*]+\}(?:\{[^{}]*\})?", " ", tex)
    text = re.sub(r"\\\\(?:\[[^\]]*\])?", "; ", text)
    text = re.sub(r"\\[,;:!> ]|\\q?quad\b|[~&]", " ", text)
    text = _FRACTION.sub(lambda match: f"{_part(match[1])}/{_part(match[2])}", text)
    text = _POWER.sub(lambda match: (match[1] or match[2]).translate(RAISED), text)
    text = _COMMAND.sub(_sign, text)
    text = text.replace("^ᵀ", "ᵀ").replace("^{ᵀ}", "ᵀ").replace("\\", "")
    return " ".join(re.sub(r"[{}]", "", text).split())


def _part(group: str) -> str:
    inner = group.strip("{}").strip()
    return inner if re.fullmatch(r"\\?\w+", inner) else f"({inner})"


def _sign(match: re.Match[str]) -> str:
    name = match[1]
    if name in SIGNS:
        return SIGNS[name] + match[2]
    if name in SILENT:
        return ""
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}") + match[2]
    except KeyError:
        return f"{name} "  # log, cos, max
