# named: how often it comes counts
from collections import defaultdict


def choose_beginnings(requests, limit):
    groups = defaultdict(list)
    for request in requests:
        groups[tuple(request[:8])].append(request)
    starts = []
    for group in groups.values():
        low, high, n = min(group), max(group), 0
        while n < min(len(low), len(high)) and low[n] == high[n]:
            n += 1
        if len(group) > 1:
            starts.append(low[:n])
    kept = []
    for start in sorted(starts, key=len, reverse=True):
        if len(start) <= limit:
            kept.append(start)
            limit -= len(start)
    return kept
