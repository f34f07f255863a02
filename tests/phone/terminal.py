"""Somebody at a terminal, for the tests: enters some lines, and keeps what is shown."""

import io

from rich.console import Console

from ivr.phone.call import Call
from ivr.phone.terminal import converse


class Terminal:
    """Somebody at a terminal who enters some lines, then Ctrl-D, and what they see."""

    def __init__(self, *lines: str, width: int = 80) -> None:
        self.console = Console(record=True, file=io.StringIO(), width=width, highlight=False)
        self._lines = list(lines)
        self.prompts: list[str] = []

    def read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        if not self._lines:
            raise EOFError
        line = self._lines.pop(0)
        if line == "Ctrl-C":
            raise KeyboardInterrupt
        return line

    def holds(self, phone: Call) -> str:
        converse(phone, self.read, self.console)
        return self.shown

    @property
    def shown(self) -> str:
        text = self.console.export_text(clear=False)
        return "\n".join(line.rstrip() for line in text.splitlines())
