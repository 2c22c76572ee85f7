"""What a running cell has shown so far, and the messages that bring a page up to date with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundup.app.services.kernels_html import MAX_TEXT, cut_note, error_line, output_html, stream_class
from groundup.app.services.kernels_text import Stream

__all__ = ["MAX_OUTPUTS", "Shown"]

MAX_OUTPUTS = 60  # displays a cell

Event = dict[str, Any]


@dataclass
class _Printed:
    """One block of text from one stream."""

    name: str
    stream: Stream = field(default_factory=Stream)
    done: list[str] = field(default_factory=list)
    tail: str = ""
    note: str = ""

    @property
    def html(self) -> str:
        body = f'<span>{"".join(self.done)}</span><span class="tail">{self.tail}</span>'
        return f'<pre class="{stream_class(self.name)}">{body}</pre>{self.note}'


class Shown:
    """The outputs of one cell, as HTML by position.

    Parameters
    ----------
    nonce : str
        The page's style nonce, for tables.
    """

    def __init__(self, nonce: str = "") -> None:
        self.nonce = nonce
        self.error_line: int | None = None
        self._slots: list[_Printed | str] = []
        self._displays: dict[str, int] = {}
        self._clear_next = False
        self._characters = 0
        self._cut = 0

    def html(self) -> list[str]:
        """All outputs, in order."""
        return [slot if isinstance(slot, str) else slot.html for slot in self._slots]

    def take(self, kind: str, content: Mapping[str, Any]) -> list[Event]:
        """Take one message of the kernel; returns what the page has to be told."""
        if kind == "clear_output":
            self._clear_next = bool(content.get("wait"))
            return [] if self._clear_next else self._cleared()
        if kind == "update_display_data":
            at = self._displays.get(content.get("transient", {}).get("display_id", ""))
            return [] if at is None else self._put(at, {**content, "output_type": "display_data"})
        if kind not in ("stream", "display_data", "execute_result", "error"):
            return []
        events = self._cleared() if self._clear_next else []
        self._clear_next = False
        if kind == "stream":
            return events + self._print(content["name"], content["text"])
        if kind == "error":
            self.error_line = error_line(content)
        if len(self._slots) >= MAX_OUTPUTS and kind != "error":
            return events + self._too_many()
        display = content.get("transient", {}).get("display_id")
        if display:
            self._displays[display] = len(self._slots)
        return events + self._put(len(self._slots), {**content, "output_type": kind})

    def note(self, html: str) -> list[Event]:
        """Add a remark of ours below the outputs."""
        self._slots.append(html)
        return [{"type": "output", "index": len(self._slots) - 1, "html": html}]

    def _cleared(self) -> list[Event]:
        self._slots.clear()
        self._displays.clear()
        self._characters = self._cut = 0
        return [{"type": "clear"}]

    def _put(self, at: int, output: Mapping[str, Any]) -> list[Event]:
        html = output_html(output, self.nonce)
        self._slots[at : at + 1] = [html]
        return [{"type": "output", "index": at, "html": html}]

    def _too_many(self) -> list[Event]:
        note = f'<p class="output-note">Only the first {MAX_OUTPUTS} outputs are shown.</p>'
        return [] if self._slots[-1] == note else self.note(note)

    def _print(self, name: str, text: str) -> list[Event]:
        room = max(MAX_TEXT - self._characters, 0)
        self._characters += min(len(text), room)
        self._cut += max(len(text) - room, 0)
        last = self._slots[-1] if self._slots else None
        if not isinstance(last, _Printed) or last.name != name:
            if len(self._slots) >= MAX_OUTPUTS:
                return self._too_many()
            last = _Printed(name)
            self._slots.append(last)
        done, last.tail = last.stream.feed(text[:room]) if room else ("", last.tail)
        last.done.append(done)
        last.note = cut_note(self._cut) if self._cut else ""
        at = len(self._slots) - 1
        if len(last.done) == 1:
            return [{"type": "output", "index": at, "html": last.html}]
        return [{"type": "stream", "index": at, "done": done, "tail": last.tail, "note": last.note}]
