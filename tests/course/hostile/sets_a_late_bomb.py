# status: pass
import atexit
import os
import threading

atexit.register(lambda: os._exit(3))


class Late:
    def __del__(self):
        while True:
            pass


late = Late()
threading.Thread(target=lambda: late, daemon=False).start()


def double(x):
    return x + x
