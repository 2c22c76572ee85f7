# says: still running after 0.6 s in line
# seconds: 0.6
def double(x):
    while True:
        pass
