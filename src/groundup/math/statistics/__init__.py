"""Statistics: what a sample says about what it was drawn from, and how sure that is.

| file | |
|---|---|
| `descriptive`, `running` | mean, variance, quantiles, shape, weighted or not; in one pass |
| `association` | covariance; Pearson's, Spearman's and Kendall's correlations |
| `means` | t tests and analysis of variance, intervals for means |
| `counts`, `proportions` | chi-squared, Fisher, binomial, McNemar; intervals for a share and a variance |
| `ranks`, `kolmogorov`, `permutation` | tests without a distribution |
| `effect_size`, `noncentral`, `power` | how large an effect is, and how many rows it takes to see it |
| `bootstrap`, `resampling` | intervals for any statistic |
| `multiple` | many tests at once |

Lesson: statistics
"""

from groundup.math.statistics.association import (
    correlation_matrix,
    covariance,
    covariance_matrix,
    kendall,
    pearson,
    rank,
    spearman,
)
from groundup.math.statistics.bootstrap import BootstrapResult, FunctionOfMeans, bootstrap
from groundup.math.statistics.counts import (
    binomial_test,
    chi_squared_test,
    fisher_test,
    independence_test,
    mcnemar_test,
)
from groundup.math.statistics.descriptive import (
    Summary,
    describe,
    kurtosis,
    mad,
    mean,
    median,
    quantile,
    skewness,
    std,
    trimmed_mean,
    var,
)
from groundup.math.statistics.effect_size import cohens_d, cohens_h, hedges_g
from groundup.math.statistics.kolmogorov import ks_test, ks_test_two_sample
from groundup.math.statistics.means import (
    anova,
    mean_difference_interval,
    mean_interval,
    t_test,
    t_test_one_sample,
    t_test_paired,
)
from groundup.math.statistics.multiple import adjust_p_values
from groundup.math.statistics.permutation import PermutationResult, permutation_test
from groundup.math.statistics.power import power_anova, power_chi_squared, power_proportions, power_t_test
from groundup.math.statistics.proportions import proportion_interval, variance_interval
from groundup.math.statistics.ranks import mann_whitney, wilcoxon
from groundup.math.statistics.results import Interval, TestResult
from groundup.math.statistics.running import RunningMoments

__all__ = [
    "BootstrapResult",
    "FunctionOfMeans",
    "Interval",
    "PermutationResult",
    "RunningMoments",
    "Summary",
    "TestResult",
    "adjust_p_values",
    "anova",
    "binomial_test",
    "bootstrap",
    "chi_squared_test",
    "cohens_d",
    "cohens_h",
    "correlation_matrix",
    "covariance",
    "covariance_matrix",
    "describe",
    "fisher_test",
    "hedges_g",
    "independence_test",
    "kendall",
    "ks_test",
    "ks_test_two_sample",
    "kurtosis",
    "mad",
    "mann_whitney",
    "mcnemar_test",
    "mean",
    "mean_difference_interval",
    "mean_interval",
    "median",
    "pearson",
    "permutation_test",
    "power_anova",
    "power_chi_squared",
    "power_proportions",
    "power_t_test",
    "proportion_interval",
    "quantile",
    "rank",
    "skewness",
    "spearman",
    "std",
    "t_test",
    "t_test_one_sample",
    "t_test_paired",
    "trimmed_mean",
    "var",
    "variance_interval",
    "wilcoxon",
]
