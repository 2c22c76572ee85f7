# says: raised Worse
class Worse(Exception):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__


def double(x):
    raise Worse
