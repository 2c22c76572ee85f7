# says: started another process
# says: not allowed to do that
# held by: seccomp landlock audit
import subprocess


def double(x):
    subprocess.Popen(["sleep", "987"], start_new_session=True)
    return x + x
