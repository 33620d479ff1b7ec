"""As much of HTTP/2 as a gRPC client needs, for one thread with thousands of connections, and for clients that behave as no
library lets them: that send nothing, or read nothing."""

import socket
import struct

DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 4, 6, 8
ACK = END_STREAM = 1
END_HEADERS = 4
WINDOW = 2**31 - 1  # so that no stream ever waits for us


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def message(data):
    """A gRPC message, uncompressed."""
    return struct.pack(">BI", 0, len(data)) + data


def _number(value, prefix):
    if value < prefix:
        return bytes([value])
    out, value = bytes([prefix]), value - prefix
    while value >= 128:
        out, value = out + bytes([value % 128 + 128]), value // 128
    return out + bytes([value])


def _header(name, value):
    """A literal without indexing and without Huffman coding."""
    return b"\0" + _number(len(name), 127) + name.encode() + _number(len(value), 127) + value.encode()


class Connection:
    """One connection to a Unix socket, or over a socket that is connected already. `messages`: how many came; `ended`: streams
    that the server has ended."""

    def __init__(self, to):
        if isinstance(to, socket.socket):
            self.socket = to
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(str(to))
        self.next, self.rest, self.messages, self.ended = 1, b"", 0, 0
        self.partial = {}  # by stream, what has come of a message that is not complete
        settings = struct.pack(">HI", 4, WINDOW)
        self.socket.sendall(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            + frame(SETTINGS, 0, 0, settings)
            + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW - 65535))
        )

    def fileno(self):
        return self.socket.fileno()

    def call(self, method, request, half_close=True, **metadata):
        """Starts a call of `/service/method` with one request, or with none where it is None."""
        stream, self.next = self.next, self.next + 2
        headers = {
            ":method": "POST", ":scheme": "http", ":path": method, ":authority": "localhost",
            "te": "trailers", "content-type": "application/grpc", **metadata,
        }
        out = frame(HEADERS, END_HEADERS, stream, b"".join(_header(*item) for item in headers.items()))
        if request is not None:
            out += frame(DATA, END_STREAM if half_close else 0, stream, message(request))
        self.socket.sendall(out)
        return stream

    def read(self):
        """Takes what has come; False when the server has closed the connection."""
        received = self.socket.recv(1 << 16)
        data = self.rest + received
        while len(data) >= 9:
            size = int.from_bytes(data[:3], "big")
            if len(data) < 9 + size:
                break
            kind, flags, frame_stream, payload = data[3], data[4], data[5:9], data[9 : 9 + size]
            data = data[9 + size :]
            if kind == DATA:
                self._count(int.from_bytes(frame_stream, "big"), payload)
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                self.ended += 1
            if kind in (SETTINGS, PING) and not flags & ACK:
                self.socket.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))
        self.rest = data
        return bool(received)

    def _count(self, stream, payload):
        data = self.partial.pop(stream, b"") + payload
        while len(data) >= 5 and len(data) >= (size := 5 + int.from_bytes(data[1:5], "big")):
            self.messages, data = self.messages + 1, data[size:]
        if data:
            self.partial[stream] = data

    def close(self):
        self.socket.close()
