# named: the lowest score is a threshold as well
def average_precision(hits, scores):
    area = before = 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        called = hits[scores > threshold]
        if len(called):
            recall = called.sum() / hits.sum()
            area, before = area + (recall - before) * called.mean(), recall
    return float(area)
