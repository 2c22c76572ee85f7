"""Corpus BLEU of sentences from the standard library's documentation, beside sacrebleu."""

import random
from collections.abc import Callable
from typing import Any

from groundup.bench import Benchmark


def _contestants() -> dict[str, Callable[[], Any]]:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
    from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp

    from groundup.proofs.text.bleu import noisy, ordinary
    from groundup.text.bleu import corpus_bleu

    rng, texts = random.Random(0), ordinary() * 4
    texts = [f"{text} {i}" for i, text in enumerate(texts)]  # no two alike: sacrebleu keeps what it has cut
    hypotheses = [noisy(text, rng) for text in texts]

    def sacrebleu() -> float:
        for kind in (Tokenizer13a, TokenizerRegexp):
            kind.__call__.cache_clear()  # or all rounds but the first would cut nothing
        return BLEU(force=True).corpus_score(hypotheses, [texts]).score

    return {"ours": lambda: corpus_bleu(hypotheses, texts).score, "sacrebleu": sacrebleu}


BENCHMARKS = [
    Benchmark(
        name="text.bleu/corpus",
        work="BLEU of some hundred long sentences, one reference each, words cut by 13a",
        setup=_contestants,
        reference="sacrebleu",
        reach=1.2,
        score=float,
        score_name="BLEU",
    )
]
