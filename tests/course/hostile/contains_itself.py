# says: nested more than 50 deep
def double(x):
    answer = []
    answer.append(answer)
    return answer
