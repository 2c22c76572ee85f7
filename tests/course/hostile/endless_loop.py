# says: still running after 0.6 s in line
def double(x):
    while True:
        pass
