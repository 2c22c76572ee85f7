"""Probability: distributions with accurate tails, sampling, Bayes' rule, softmax and log-sum-exp.

| file | |
|---|---|
| `base` | what all distributions share; the methods' names are those of scipy.stats |
| `elementary`, `gamma_family`, `discrete`, `multivariate` | the distributions |
| `special` | error functions, log-gamma, incomplete gamma and beta functions, and their inverses |
| `sampling` | rejection, Box and Muller, Marsaglia and Tsang |
| `bayes` | Bayes' rule, conjugate updates, maximum likelihood and maximum a posteriori |
| `softmax` | softmax, log-softmax, log-sum-exp |

Lesson: probability
"""

from groundup.math.probability.bayes import (
    bernoulli_mle,
    beta_binomial_update,
    exponential_mle,
    gamma_poisson_update,
    map_estimate,
    normal_mle,
    normal_normal_update,
    poisson_mle,
    posterior,
)
from groundup.math.probability.discrete import Bernoulli, Binomial, Categorical, Geometric, NegativeBinomial, Poisson
from groundup.math.probability.elementary import (
    Cauchy,
    Exponential,
    Laplace,
    Logistic,
    LogNormal,
    Normal,
    Uniform,
    Weibull,
)
from groundup.math.probability.gamma_family import Beta, ChiSquared, F, Gamma, StudentT
from groundup.math.probability.multivariate import Multinomial, MultivariateNormal
from groundup.math.probability.sampling import box_muller, rejection
from groundup.math.probability.softmax import log_softmax, logsumexp, softmax

__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "ChiSquared",
    "Exponential",
    "F",
    "Gamma",
    "Geometric",
    "Laplace",
    "LogNormal",
    "Logistic",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "Poisson",
    "StudentT",
    "Uniform",
    "Weibull",
    "bernoulli_mle",
    "beta_binomial_update",
    "box_muller",
    "exponential_mle",
    "gamma_poisson_update",
    "log_softmax",
    "logsumexp",
    "map_estimate",
    "normal_mle",
    "normal_normal_update",
    "poisson_mle",
    "posterior",
    "rejection",
    "softmax",
]
