from collections import defaultdict


def common(texts):
    """The longest beginning that all of the texts share."""
    first, last = min(texts), max(texts)  # in lexical order these two differ soonest
    n = 0
    while n < min(len(first), len(last)) and first[n] == last[n]:
        n += 1
    return first[:n]


def choose_beginnings(requests, limit):
    groups = defaultdict(list)
    for request in requests:
        groups[tuple(request[:8])].append(request)
    kept = []
    # a token that is kept saves one token in each request of its group: the most frequent groups first
    for group in sorted(groups.values(), key=len, reverse=True):
        beginning = common(group)
        if len(group) > 1 and len(beginning) <= limit:
            kept.append(beginning)
            limit -= len(beginning)
    return kept
