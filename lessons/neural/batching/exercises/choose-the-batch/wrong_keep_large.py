# named: times the
def choose_batch(small_norms, large_norms, small, large):
    return large
