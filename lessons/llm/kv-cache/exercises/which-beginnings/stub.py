def choose_beginnings(requests, limit):
    """requests: lists of token ids -> lists of token ids, at most `limit` altogether"""
    raise NotImplementedError("write me")
