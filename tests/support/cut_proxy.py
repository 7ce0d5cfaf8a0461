"""A TCP proxy that cuts a connection at a chosen byte of what is asked, or of what is answered.

Decides only where a cable breaks. Must not know what is said over it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

ANY = 1 << 62


class CutProxy:
    """Between its ``port`` and a server's: lets so many bytes more pass each way, then hangs up."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._lock = threading.Lock()
        self._left = [ANY, ANY]  # to the server, and back
        self._passed = [0, 0]
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> CutProxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()

    def cut_after(self, asked: int = ANY, answered: int = ANY) -> None:
        """From now on, so many bytes pass."""
        with self._lock:
            self._left, self._passed = [asked, answered], [0, 0]

    def mend(self) -> tuple[int, int]:
        """Everything passes again; returns how many bytes were asked and answered since the cut was set."""
        with self._lock:
            passed = self._passed[0], self._passed[1]
            self._left, self._passed = [ANY, ANY], [0, 0]
        return passed

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                for way, (source, target) in enumerate(((client, server), (server, client))):
                    threading.Thread(target=self._pass, args=(way, source, target), daemon=True).start()

    def _pass(self, way: int, source: socket.socket, target: socket.socket) -> None:
        with source, contextlib.suppress(OSError):
            while said := source.recv(1 << 16):
                with self._lock:
                    let = said[: self._left[way]]
                    self._left[way] -= len(let)
                    self._passed[way] += len(let)
                target.sendall(let)
                if len(let) < len(said):
                    break
            for end in (source, target):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
