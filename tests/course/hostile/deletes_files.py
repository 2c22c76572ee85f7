# says: changed files outside its own folder
# says: not allowed
# says: No such file
# held by: bubblewrap landlock audit
import os


def double(x):
    os.remove("{CANARY}/kept.txt")
    return x + x
