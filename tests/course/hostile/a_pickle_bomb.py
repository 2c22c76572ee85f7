# says: an object of type your_code.Bomb
class Bomb:
    def __reduce__(self):
        import os

        return os.system, ("touch {CANARY}/new.txt",)


def double(x):
    return Bomb()
