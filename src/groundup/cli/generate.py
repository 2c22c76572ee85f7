"""``groundup generate``: a text from a model on this disk."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from groundup.cli.console import Refusal

__all__ = ["generate"]

END = "<|endoftext|>"


def generate(
    checkpoint: Annotated[
        Path, typer.Argument(help="A folder with config.json, model.safetensors and tokenizer.json.")
    ],
    prompt: Annotated[str, typer.Argument(help="The text to go on from; - reads it from standard input.")],
    max_tokens: Annotated[int, typer.Option(min=0, help="Tokens at most.")] = 200,
    temperature: Annotated[float, typer.Option(min=0, help="0 takes the likeliest token each time.")] = 1.0,
    top_k: Annotated[int | None, typer.Option(min=1, help="Draw from the k likeliest tokens.")] = None,
    top_p: Annotated[
        float | None, typer.Option(min=0, max=1, help="Draw from the likeliest that have this probability together.")
    ] = None,
    min_p: Annotated[
        float | None, typer.Option(min=0, max=1, help="Draw from those with this share of the likeliest's probability.")
    ] = None,
    repetition_penalty: Annotated[float, typer.Option(help="Above 1: tokens that came before are less likely.")] = 1.0,
    stop: Annotated[list[str] | None, typer.Option(help="The text ends before this; may be given again.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same text.")] = None,
    json_schema: Annotated[
        Path | None, typer.Option("--json-schema", help="Only JSON that fits the schema in this file.")
    ] = None,
) -> None:
    """Continue a text with a language model, token by token, until Ctrl-C. Prints the continuation alone."""
    text = _read_prompt(prompt)
    try:
        from groundup.llm.checkpoint import CheckpointError, load_checkpoint
        from groundup.llm.decoding import stream
    except ModuleNotFoundError as absent:
        if absent.name != "torch":
            raise
        raise Refusal("this needs torch: python3 go.py learn --retry installs it") from None
    try:
        model, tokenizer = load_checkpoint(checkpoint)
    except CheckpointError as fault:
        raise Refusal(str(fault)) from None
    end = tokenizer.special_tokens.get(END)
    if not text and end is None:
        raise Refusal("the prompt is empty, and this model has no token that begins a text", code=2)
    try:
        constraint = None if json_schema is None else _constraint(json_schema, tokenizer)
        pieces = stream(
            model, text, max_tokens, tokenizer=tokenizer, temperature=temperature, top_k=top_k, top_p=top_p,
            min_p=min_p, repetition_penalty=repetition_penalty, stop=stop or (), seed=seed, eos=end, start=end,
            overflow="stop" if constraint else "halve", constraint=constraint,
        )  # fmt: skip
        _print(pieces)
    except (ValueError, TypeError) as fault:
        raise Refusal(str(fault), code=2) from None


def _print(pieces: Iterator[str]) -> None:
    """Each piece as it comes; Ctrl-C ends the text, not in the middle of a line."""
    try:
        for piece in pieces:
            sys.stdout.write(piece)
            sys.stdout.flush()
    finally:
        if sys.exc_info()[0] is not BrokenPipeError:
            sys.stdout.write("\n")
            sys.stdout.flush()


def _read_prompt(prompt: str) -> str:
    if prompt != "-":
        return prompt
    if sys.stdin is None:
        raise Refusal("the prompt is -, but standard input is closed", code=2)
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Refusal(f"the prompt on standard input is not UTF-8: {fault.reason} at byte {fault.start}") from None


def _constraint(file: Path, tokenizer: Any) -> Any:
    import json

    from groundup.llm.decoding import json_constraint

    try:
        schema = json.loads(file.read_bytes())
    except OSError as fault:
        raise Refusal(f"{file} cannot be read: {fault.strerror}") from None
    except ValueError as fault:
        raise Refusal(f"{file} is no JSON: {fault}") from None
    return json_constraint(schema, tokenizer)
