# says: an object of type
# says: asked to quit
class Meta(type):
    def __getattribute__(cls, name):
        raise SystemExit("no")


class Evil(metaclass=Meta):
    pass


def double(x):
    return Evil()
