# says: too many processes or threads
# says: start new thread
import threading
import time


def double(x):
    for _ in range(2000):
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    time.sleep(100)
