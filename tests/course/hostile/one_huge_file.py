# says: File too large
# says: wrote more into files
def double(x):
    with open("huge.bin", "wb") as file:
        while True:
            file.write(b"x" * 1_000_000)
