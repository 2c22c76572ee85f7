def double(x):
    raise NotImplementedError("write me")
