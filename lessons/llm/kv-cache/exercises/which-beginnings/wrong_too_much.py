# named: tokens altogether, the memory
def choose_beginnings(requests, limit):
    return requests
