# status: pass
def double(x):
    for _ in range(50_000):
        print("x" * 200)
    return x + x
