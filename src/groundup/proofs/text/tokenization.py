"""groundup.text.tokenization beside tiktoken and Hugging Face's tokenizers: the same merges and the same ids."""

from groundup.proofs.core import Proof
from groundup.proofs.text._tokenization_bpe import add_bpe
from groundup.proofs.text._tokenization_pieces import add_pieces

__all__ = ["proof"]

proof = Proof("groundup.text.tokenization", reference="tiktoken", needs=("tokenizers", "sentencepiece"))

add_bpe(proof)
add_pieces(proof)
