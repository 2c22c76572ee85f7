# says: opened '{CANARY}/new.txt' for writing
# says: not allowed
# says: No such file
# held by: bubblewrap landlock audit
def double(x):
    with open("{CANARY}/new.txt", "w") as file:
        file.write("here I was")
    return x + x
