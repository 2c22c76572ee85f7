"""The mathematics under everything else: linear algebra, calculus, probability."""
