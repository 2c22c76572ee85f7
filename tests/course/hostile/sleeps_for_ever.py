# says: still running after 0.6 s in line 6
import time


def double(x):
    time.sleep(1000)
