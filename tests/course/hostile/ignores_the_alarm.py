# says: had to be stopped
import signal

signal.signal(signal.SIGALRM, signal.SIG_IGN)


def double(x):
    while True:
        pass
