# named: judge sets, not heads by themselves
def choose_heads(losses, k):
    def alone(head):
        return losses[tuple(int(i == head) for i in range(6))]

    return sorted(sorted(range(6), key=alone)[:k])
