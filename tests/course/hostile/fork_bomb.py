# says: started another process
# says: not allowed to do that
# says: too many processes
# says: still running
# says: unavailable
# seconds: 0.6
import os


def double(x):
    while True:
        os.fork()
