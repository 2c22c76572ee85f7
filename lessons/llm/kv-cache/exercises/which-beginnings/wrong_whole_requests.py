# named: not a whole request
from collections import defaultdict


def choose_beginnings(requests, limit):
    groups = defaultdict(list)
    for request in requests:
        groups[tuple(request[:8])].append(request)
    kept = []
    for group in sorted(groups.values(), key=len, reverse=True):
        if len(group) > 1 and len(group[-1]) <= limit:
            kept.append(group[-1])
            limit -= len(group[-1])
    return kept
