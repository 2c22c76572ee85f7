# says: changed files outside its own folder
# says: not allowed
# says: No such file
# held by: bubblewrap landlock audit
import shutil


def double(x):
    shutil.rmtree("{CANARY}")
    return x + x
