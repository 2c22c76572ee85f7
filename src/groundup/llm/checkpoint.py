"""A model and its tokenizer, from one folder: config.json, model.safetensors and tokenizer.json."""

import os
import warnings
from pathlib import Path
from typing import Any

from groundup.text.tokenization.files import load, save
from groundup.transformers.gpt import GPT

__all__ = ["CheckpointError", "load_checkpoint", "save_checkpoint"]

TOKENIZER = "tokenizer.json"


class CheckpointError(ValueError):
    """A folder does not hold a model and its tokenizer; the message names the file and what is wrong with it."""


def load_checkpoint(folder: str | os.PathLike) -> tuple[GPT, Any]:
    """The model, in evaluation mode, and the tokenizer of a folder.

    Parameters
    ----------
    folder : path
        With config.json, model.safetensors and tokenizer.json, ours or published.

    Returns
    -------
    (GPT, Tokenizer)

    Raises
    ------
    CheckpointError
        If the folder or a file is missing or damaged, or the tokenizer has tokens that the model lacks.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "a file" if folder.exists() else "not there"
        raise CheckpointError(f"{folder} is {what}; a checkpoint is a folder with config.json and weights")
    if not (folder / "config.json").exists() and (folder / "model" / "config.json").exists():
        raise CheckpointError(f"{folder} holds a training; its model is in {folder / 'model'}")
    try:
        if not (folder / TOKENIZER).is_file():
            raise CheckpointError(f"{folder} holds no {TOKENIZER}, without which a model's tokens are no text")
        tokenizer = load(folder / TOKENIZER)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a model with idle tokens never chooses them here
            model = GPT.from_pretrained(folder, tokenizer=tokenizer)
    except OSError as fault:
        raise CheckpointError(f"{fault.filename or folder} cannot be read: {fault.strerror or fault}") from fault
    except CheckpointError:
        raise
    except (ValueError, TypeError, KeyError) as fault:
        named = str(fault) if str(folder) in str(fault) else f"{folder}: {fault}"
        raise CheckpointError(named) from fault
    return model, tokenizer


def save_checkpoint(model: GPT, tokenizer: Any, folder: str | os.PathLike) -> None:
    """Write a model and its tokenizer to a folder that `load_checkpoint` reads; it is made if need be."""
    if tokenizer.vocab_size > model.config.vocab_size:
        raise ValueError(f"tokenizer has {tokenizer.vocab_size} tokens, the model {model.config.vocab_size}")
    model.save_pretrained(folder)
    save(tokenizer, Path(folder) / TOKENIZER)
