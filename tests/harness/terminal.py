"""A terminal for programs: a pty, and the screen that it would show."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading

CONTROL = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])")


class Screen:
    """Rows of characters and a cursor; knows what the command line uses, and fails on anything else."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [""], 0, 0

    def feed(self, text):
        at = 0
        while at < len(text):
            if match := CONTROL.match(text, at):
                self._control(match[2], match[1])
                at = match.end()
            else:
                self._character(text[at])
                at += 1

    def _control(self, letter, number):
        if letter == "A":
            top = max(0, len(self.lines) - self.rows)
            self.row = max(top, self.row - int(number or 1))
        elif letter == "K":
            self._set(self.row, self.lines[self.row][: self.column])
        elif letter == "J":
            self._set(self.row, self.lines[self.row][: self.column])
            del self.lines[self.row + 1 :]
        else:
            assert letter == "m", f"an unknown control: {letter}"

    def _character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")
        else:
            assert character.isprintable(), f"an unknown character: {character!r}"
            if self.column == self.columns:
                self._character("\r")
                self._character("\n")
            line = self.lines[self.row].ljust(self.column)
            self._set(self.row, line[: self.column] + character + line[self.column + 1 :])
            self.column += 1

    def _set(self, row, text):
        self.lines[row] = text

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")


class Terminal:
    """A program on a terminal of its own, which is its controlling one: Ctrl-C is "\\x03"."""

    def __init__(self, arguments, environment, columns=100, rows=24):
        self.screen, self.bytes = Screen(columns, rows), b""
        self._lock = threading.Lock()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        rest = b""
        with contextlib.suppress(OSError):  # EIO: the program is gone
            while piece := os.read(self._master, 65536):
                rest += piece
                # A piece may end within a control sequence or a character.
                end = rest.rfind(b"\x1b") if re.search(rb"\x1b\[?[0-9;]*$", rest) else len(rest)
                with self._lock:
                    self.bytes += rest[:end]
                    self.screen.feed(rest[:end].decode(errors="replace"))
                rest = rest[end:]

    @property
    def text(self):
        with self._lock:
            return self.screen.text

    def type(self, text):
        os.write(self._master, text.encode())

    def end(self):
        """Waits for the program's end; its exit code."""
        code = self.process.wait(timeout=120)
        self._reader.join()
        os.close(self._master)
        return code
