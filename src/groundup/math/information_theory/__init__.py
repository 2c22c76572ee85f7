"""Information theory: how surprising, how many bits, how much one thing says about another.

| file | |
|---|---|
| `discrete` | entropy, cross-entropy, Kullback-Leibler and Jensen-Shannon, Rényi, perplexity |
| `joint` | tables of two variables: joint and conditional entropy, mutual information |
| `samples` | entropy and mutual information from counts and labels, with corrections of the bias |
| `families` | closed forms for the continuous families of `groundup.math.probability` |
| `neighbors` | entropy and mutual information of continuous samples, by spacings and nearest neighbours |
| `coding` | Huffman's code and Shannon's code lengths |
| `digamma` | the derivative of log-gamma, which several of the above need |

Every function takes `base`: None for nats (natural logarithm), 2 for bits, or any other base above 1.

Lesson: information-theory
"""

from groundup.math.information_theory.coding import (
    decode,
    encode,
    huffman_code,
    kraft_sum,
    mean_length,
    shannon_lengths,
)
from groundup.math.information_theory.digamma import digamma
from groundup.math.information_theory.discrete import (
    cross_entropy,
    entropy,
    js_distance,
    js_divergence,
    kl_divergence,
    perplexity,
    renyi_entropy,
    surprise,
)
from groundup.math.information_theory.families import differential_entropy, kl_between
from groundup.math.information_theory.joint import conditional_entropy, joint_entropy, mutual_information
from groundup.math.information_theory.neighbors import (
    entropy_histogram,
    entropy_neighbors,
    entropy_spacings,
    mutual_information_neighbors,
)
from groundup.math.information_theory.samples import (
    contingency,
    entropy_of_counts,
    entropy_of_samples,
    mutual_information_of_samples,
)

__all__ = [
    "conditional_entropy",
    "contingency",
    "cross_entropy",
    "decode",
    "differential_entropy",
    "digamma",
    "encode",
    "entropy",
    "entropy_histogram",
    "entropy_neighbors",
    "entropy_of_counts",
    "entropy_of_samples",
    "entropy_spacings",
    "huffman_code",
    "joint_entropy",
    "js_distance",
    "js_divergence",
    "kl_between",
    "kl_divergence",
    "kraft_sum",
    "mean_length",
    "mutual_information",
    "mutual_information_neighbors",
    "mutual_information_of_samples",
    "perplexity",
    "renyi_entropy",
    "shannon_lengths",
    "surprise",
]
