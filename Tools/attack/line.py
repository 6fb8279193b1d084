"""HTTP over TLS by hand: what a polite library would never send (sync §6.2)."""

import hashlib
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PATH, MEDIA = "/v1/exchange", "application/yarrow-sync"


class Closed(Exception):
    """The peer ended the line."""


def context(lowest=ssl.TLSVersion.TLSv1_3, highest=ssl.TLSVersion.TLSv1_3):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.minimum_version, made.maximum_version = lowest, highest
    made.set_alpn_protocols(["http/1.1"])
    return made


CONTEXT = context()


def pin(der):
    key = x509.load_der_x509_certificate(der).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def head(length, method="POST", path=PATH, media=MEDIA, more=()):
    lines = [f"{method} {path} HTTP/1.1", "host: hub", f"content-type: {media}"]
    if length is not None:
        lines.append(f"content-length: {length}")
    return "\r\n".join([*lines, *more, "", ""]).encode()


class Line:
    """One connection. `timeout` is for each wait in seconds."""

    def __init__(self, address, timeout=30, tls=CONTEXT, wanted_pin=None):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept = b""
        if tls is not None:
            try:
                self.socket = tls.wrap_socket(self.socket)
            except OSError:
                self.socket.close()
                raise
            if wanted_pin is not None and pin(self.socket.getpeercert(True)) != wanted_pin:
                raise Closed("another key than the invite says")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError) as error:
            raise Closed(type(error).__name__) from error

    def fill(self):
        try:
            data = self.socket.recv(1 << 16)
        except (ConnectionResetError, ssl.SSLError) as error:
            raise Closed(type(error).__name__) from error
        if not data:
            raise Closed("end")
        self.kept += data

    def answer(self):
        """Status, headers and body of the next answer."""
        while b"\r\n\r\n" not in self.kept:
            self.fill()
        lines, _, self.kept = self.kept.partition(b"\r\n\r\n")
        first, *rest = lines.decode("latin-1").split("\r\n")
        headers = {}
        for line in rest:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        while len(self.kept) < length:
            self.fill()
        body, self.kept = self.kept[:length], self.kept[length:]
        return int(first.split()[1]), headers, body

    def post(self, body, **layout):
        self.send(head(len(body), **layout) + body)
        return self.answer()

    def drained(self):
        """Statuses of all further answers until the peer closes; raises TimeoutError when it does not."""
        statuses = []
        while True:
            try:
                statuses.append(self.answer()[0])
            except Closed:
                return statuses
