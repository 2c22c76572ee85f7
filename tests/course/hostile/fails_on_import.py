# says: Line 2 (`1 / 0`) raised ZeroDivisionError
1 / 0
