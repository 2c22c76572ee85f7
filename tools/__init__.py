"""What go.py is made of: the set-up of a checkout. Standard library only, Python 3.11 or newer."""
