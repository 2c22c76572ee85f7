# says: had to be stopped
# seconds: 0.6
import signal

signal.signal(signal.SIGALRM, signal.SIG_IGN)


def double(x):
    while True:
        pass
