# named: they spare
def choose_beginnings(requests, limit):
    kept = []
    for request in reversed(requests):
        if len(request) <= limit:
            kept.append(request)
            limit -= len(request)
    return kept
