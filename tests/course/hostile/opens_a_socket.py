# says: opened a network connection in line
# says: not allowed
# says: refused
# says: unreachable
# held by: seccomp landlock bubblewrap audit
import socket


def double(x):
    socket.create_connection(("127.0.0.1", {PORT}), 1).send(b"secret")
    return x + x
