# says: still running after 0.6 s in line 2
while True:
    pass
