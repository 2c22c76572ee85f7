# says: still running after 0.6 s in line
# seconds: 0.6
import time


def double(x):
    time.sleep(1000)
