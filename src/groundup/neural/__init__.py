"""Neural networks, from the perceptron to automatic differentiation."""
