# named: the longest word that fits
import math


def put_spaces(text, scores, unknown):
    longest = max(map(len, scores), default=1)
    total = [0.0] + [-math.inf] * len(text)
    for begin in range(len(text)):
        for end in range(begin + 1, min(len(text), begin + longest) + 1):
            word = text[begin:end]
            score = scores.get(word, unknown if len(word) == 1 else None)
            if score is not None:
                a, b = total[end], total[begin] + score
                top = max(a, b)
                total[end] = top + math.log(math.exp(a - top) + math.exp(b - top))
    words, begin, value = [], 0, 0.0
    while begin < len(text):
        for end in range(min(len(text), begin + longest), begin, -1):
            if text[begin:end] in scores or end == begin + 1:
                break
        words.append(text[begin:end])
        value += scores.get(words[-1], unknown)
        begin = end
    return {"words": words, "share": math.exp(value - total[-1])}
