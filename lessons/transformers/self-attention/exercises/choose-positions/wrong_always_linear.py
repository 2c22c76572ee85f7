# named: on new texts
def choose_scheme(losses, trained, needed):
    return "linear bias"
