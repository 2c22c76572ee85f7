# named: upper quantile of t into the lower end
import numpy as np


def studentised_interval(x, rows, level):
    def mean_and_error(values):
        return values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1])

    resamples = x[rows]
    resamples = resamples[np.ptp(resamples, axis=1) > 0]  # no spread, no standard error
    mean, error = mean_and_error(x)
    its_mean, its_error = mean_and_error(resamples)
    low_t, high_t = np.quantile((its_mean - mean) / its_error, [(1 - level) / 2, (1 + level) / 2])
    return np.array([mean + low_t * error, mean + high_t * error])
