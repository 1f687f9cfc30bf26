"""Twice the same request; prints the version of each, whether it resumed the first's session, and the answer's status."""

import socket
import ssl
import sys

port, authority = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context(cafile=authority)
session = None
for _ in range(2):
    with socket.create_connection(("127.0.0.1", port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as secure:
            secure.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = secure.recv(4096)
            session = secure.session
            print(secure.version(), str(secure.session_reused).lower(), answer[:15].decode())
