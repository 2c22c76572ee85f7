# named: not by the best alone
import math


def put_spaces(text, scores, unknown):
    longest = max(map(len, scores), default=1)
    best, total, start = [0.0], [0.0], [0]
    for end in range(1, len(text) + 1):
        ways = []
        for begin in range(max(0, end - longest), end):
            word = text[begin:end]
            if word in scores:
                ways.append((scores[word], begin))
            elif len(word) == 1:
                ways.append((unknown, begin))
        winner = max((best[begin] + score, begin) for score, begin in ways)
        best.append(winner[0])
        start.append(winner[1])
        sums = [total[begin] + score for score, begin in ways]
        top = max(sums)
        total.append(top + math.log(sum(math.exp(s - top) for s in sums)))
    words, end = [], len(text)
    while end:
        words.append(text[start[end] : end])
        end = start[end]
    return {"words": words[::-1], "share": 1.0}
