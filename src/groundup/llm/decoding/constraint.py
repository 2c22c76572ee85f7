"""Tokens that keep a text within an expression, and leave it time to end.

At every step those tokens are allowed after which the text can still become whole *within the tokens that are left*.
Without the second half a text that is cut off at its last token would be no JSON.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from groundup.llm.decoding.grammar import NEVER, NOTHING, Expression
from groundup.llm.decoding.json_schema import json_expression
from groundup.llm.decoding.regular import parse

__all__ = ["Constraint", "json_constraint", "regex_constraint"]


class Constraint:
    """An expression seen by a tokenizer: states are expressions, steps are tokens.

    Parameters
    ----------
    expression : Expression
    tokenizer : groundup.text.tokenization.Tokenizer
        Special tokens are never allowed within the text.

    Attributes
    ----------
    start : Expression
        The state before the first token.

    Raises
    ------
    ValueError
        If the tokenizer cannot write any text of the expression.
    """

    def __init__(self, expression: Expression, tokenizer: Any) -> None:
        self.start, self.vocab_size = expression, tokenizer.vocab_size
        special = set(tokenizer.special_tokens.values())
        self._bytes = {token: tokenizer.token_bytes(token) for token in range(self.vocab_size) if token not in special}
        self._trie = _trie(self._bytes)
        self._single = {data[0] for data in self._bytes.values() if len(data) == 1}
        self._shortest: dict[Expression, int] = {}
        self._needs: dict[Expression, np.ndarray] = {}
        if self.shortest(expression) >= NEVER:
            raise ValueError(f"the tokenizer's {self.vocab_size} tokens cannot write a text that is allowed")

    def shortest(self, state: Expression) -> int:
        """Tokens that suffice to make the text whole: each byte that is a token by itself counts as one."""
        return state.shortest(self._shortest, lambda byte: 1 if byte in self._single else NEVER)

    def complete(self, state: Expression) -> bool:
        """Whether the text may end here."""
        return state.nullable

    def advance(self, state: Expression, token: int) -> Expression:
        """The state after a token."""
        return state.after(self._bytes[token])

    def needs(self, state: Expression) -> np.ndarray:
        """For each token, how many more suffice after it; at least 2^30 where it is not allowed."""
        if state not in self._needs:
            found = np.full(self.vocab_size, NEVER, np.int64)
            todo = [(self._trie, state)]
            while todo:  # the vocabulary as a tree: what a prefix rules out rules out all tokens with it
                branch, reached = todo.pop()
                for token in branch[1]:
                    found[token] = self.shortest(reached)
                for byte, further in branch[0].items():
                    after = reached.derive(byte)
                    if after is not NOTHING:
                        todo.append((further, after))
            self._needs[state] = found
        return self._needs[state]


def _trie(words: Mapping[int, bytes]) -> tuple[dict[int, Any], list[int]]:
    """Branches by the next byte, and the tokens that end here."""
    root: tuple[dict[int, Any], list[int]] = ({}, [])
    for token, data in words.items():
        branch = root
        for byte in data:
            branch = branch[0].setdefault(byte, ({}, []))
        if data:  # an empty token would never end
            branch[1].append(token)
    return root


def json_constraint(schema: Mapping[str, Any] | None, tokenizer: Any, depth: int = 3) -> Constraint:
    """Only JSON that fits a schema.

    Parameters
    ----------
    schema : dict or None
        See `groundup.llm.decoding.json_schema.json_expression`; None: any object or array.
    tokenizer : groundup.text.tokenization.Tokenizer
    depth : int
        How deep values that no schema describes may be nested.

    Returns
    -------
    Constraint
    """
    return Constraint(json_expression(schema, depth), tokenizer)


def regex_constraint(pattern: str, tokenizer: Any) -> Constraint:
    """Only texts that match a regular expression as a whole; `regular.parse` says what is understood."""
    return Constraint(parse(pattern), tokenizer)
