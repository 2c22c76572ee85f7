# says: had to be stopped
# seconds: 0.6
def double(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
