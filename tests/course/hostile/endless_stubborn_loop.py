# says: had to be stopped
def double(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
