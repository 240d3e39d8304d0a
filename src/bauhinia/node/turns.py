"""Whose turn it is with the state."""

from __future__ import annotations

from collections import deque
from threading import Lock, get_ident
from types import TracebackType

from bauhinia.words.reasons import must


class Turns:
    """A lock that is handed on in the order in which it was asked for: neither readers nor blocks can starve."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._held = False
        self._holder = 0

    def __enter__(self) -> None:
        must(self._holder != get_ident(), "asked for the state while holding it: read and submit from outside")
        with self._guard:
            gate = Lock()
            gate.acquire()
            if self._held:
                self._waiting.append(gate)
            else:
                self._held = True
                gate.release()
        gate.acquire()
        self._holder = get_ident()

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            self._holder = 0
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
