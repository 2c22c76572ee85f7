"""Text as whole numbers: tokenizers that are trained, that read and write the published formats, and that lose nothing."""

from groundup.text.tokenization.base import Tokenizer
from groundup.text.tokenization.characters import CharTokenizer

__all__ = ["CharTokenizer", "Tokenizer"]
