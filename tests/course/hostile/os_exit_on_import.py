# says: ended the process while it was being loaded, with exit code 0
import os

os._exit(0)
