# says: `double` is not defined
double = 2
