# says: `double` is not defined. The tests call it
print("hello")
