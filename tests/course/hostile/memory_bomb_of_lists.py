# says: more memory than it may
def double(x):
    kept = [0]
    while True:
        kept = kept + kept
