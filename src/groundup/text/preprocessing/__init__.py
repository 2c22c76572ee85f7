"""Text before it is counted or cut into tokens: one spelling, words, sentences, stems, lemmas, n-grams.

| file | holds |
|---|---|
| `forms` | Unicode normal forms |
| `cleaning` | `Pipeline`, named steps that show what they did |
| `words` | words, sentences, abbreviations learned from a text, n-grams |
| `stopwords` | English stop words by kind |
| `porter` | Porter's stemmer |
| `lemmas` | dictionary forms by rule |

Left out: languages other than English in stemmer, lemmas and stop words; the ends of sentences in other scripts, and
words of scripts without spaces.

Lesson: text-preprocessing
"""

from groundup.text.preprocessing.cleaning import STEPS, Change, Pipeline
from groundup.text.preprocessing.forms import FORMS, compose, decompose, normalize, reorder, without_accents
from groundup.text.preprocessing.lemmas import ENDINGS, IRREGULAR, Lemmatizer
from groundup.text.preprocessing.porter import measure, stem
from groundup.text.preprocessing.stopwords import ENGLISH, KINDS, without_stop_words
from groundup.text.preprocessing.words import (
    ABBREVIATIONS,
    everygrams,
    learn_abbreviations,
    ngrams,
    sentences,
    word_types,
    words,
)

__all__ = ["ABBREVIATIONS", "ENDINGS", "ENGLISH", "FORMS", "IRREGULAR", "KINDS", "STEPS", "Change", "Lemmatizer",
           "Pipeline", "compose", "decompose", "everygrams", "learn_abbreviations", "measure", "ngrams", "normalize",
           "reorder", "sentences", "stem", "without_accents", "without_stop_words",
           "word_types", "words"]  # fmt: skip
