# says: asked to quit in line 4
import sys

sys.exit()
