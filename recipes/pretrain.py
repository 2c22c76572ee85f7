"""Train a language model from nothing: corpus, tokenizer, shards of tokens, training, samples. One command on a laptop:

python recipes/pretrain.py --folder runs/pretrain
python recipes/pretrain.py --folder runs/pretrain --resume        (after Ctrl-C, a crash or a power cut: bit for bit)
groundup generate runs/pretrain/model "def "

python recipes/pretrain.py --preset shakespeare --corpus input.txt --folder runs/shakespeare
torchrun --nproc-per-node 8 recipes/pretrain.py --preset gpu --corpus texts/ --folder runs/large

Without --corpus the text is the Python source of packages that the course has installed. --preset laptop is meant for
two fast cores and some hours, and each line of the run says how long is left; --preset tiny takes seconds and shows
that all is in place; --preset gpu was made for one to eight GPUs and computes in bfloat16, compiled.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

PACKAGES = ("networkx", "scikit-learn", "SQLAlchemy")  # pinned in requirements.lock, so everyone has the same text


@dataclass(frozen=True)
class Settings:
    """All that decides what comes out; kept in settings.json beside the run."""

    corpus: str = ""  # empty: PACKAGES
    errors: str = "strict"
    tokenizer: str = "bpe"
    vocabulary: int = 4096
    similar: float = 0.8  # overlap of word runs from which a document counts as a copy of another
    share: float = 0.05  # of documents, to judge by
    layers: int = 6
    heads: int = 6
    width: int = 384
    context: int = 256
    dropout: float = 0.0
    batch: int = 16  # sequences a backward pass, on each rank
    accumulate: int = 1
    steps: int = 3000
    optimizer: str = "muon"
    lr: float = 3e-3
    warmup: int = 100
    decay: float = 0.1
    clip: float = 1.0
    precision: str = "auto"
    device: str = "auto"
    compile: bool = False
    threads: int = 0  # 0: as torch chooses
    evaluate: int = 250
    save: int = 250
    judged: int = 100  # batches an evaluation, at most
    prompt: str = ""  # of the samples; empty: as a document begins
    seed: int = 0


PRESETS = {
    "laptop": Settings(),
    "shakespeare": Settings(tokenizer="characters", layers=4, heads=4, width=128, context=64, batch=12, steps=2000,
                            share=0.1, judged=10**6),
    "gpu": Settings(vocabulary=32768, layers=12, heads=12, width=768, context=1024, batch=32, accumulate=4,
                    steps=20000, lr=2e-3, warmup=500, compile=True, evaluate=1000, save=1000),
    "tiny": Settings(tokenizer="characters", layers=1, heads=2, width=16, context=16, batch=4, steps=30, warmup=5,
                     evaluate=10, save=5, judged=5, threads=1, precision="float32"),
}  # fmt: skip
RANGES = {"vocabulary": 257, "layers": 1, "heads": 1, "width": 1, "context": 1, "batch": 1, "accumulate": 1, "steps": 1,
          "warmup": 0, "threads": 0, "evaluate": 1, "save": 1, "judged": 1, "seed": 0}  # fmt: skip
CHOICES = {"errors": ("strict", "replace"), "tokenizer": ("bpe", "characters"), "optimizer": ("muon", "adamw"),
           "precision": ("auto", "float32", "bfloat16"), "device": ("auto", "cpu", "cuda")}  # fmt: skip


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Folder, whether to resume, and the settings, checked: a wrong one ends the program with a sentence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/pretrain"), help="of everything (%(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with the newest checkpoint of the folder")
    parser.add_argument("--preset", choices=PRESETS, help="the settings to begin with (laptop)")
    for field in fields(Settings):
        kind = {"int": int, "float": float, "str": str}.get(str(getattr(field.type, "__name__", field.type)))
        if kind is None:
            parser.add_argument(f"--{field.name}", action=argparse.BooleanOptionalAction)
        else:
            parser.add_argument(f"--{field.name}", type=kind, choices=CHOICES.get(field.name))
    told = parser.parse_args(given)
    own = {f.name: getattr(told, f.name) for f in fields(Settings) if getattr(told, f.name) is not None}
    if told.folder.exists() and not told.folder.is_dir():
        parser.error(f"--folder must name a folder; {told.folder} is a file")
    started = (told.folder / "settings.json").is_file()
    if told.resume:
        told.settings = _resumed(parser, told, own)
    elif started and any((told.folder / "checkpoints").glob("step-*")):
        parser.error(f"{told.folder} holds a training already: add --resume, or name another --folder")
    else:
        told.settings = replace(PRESETS[told.preset or "laptop"], **own)
    _check(parser, told.settings)
    return told


def _resumed(parser: argparse.ArgumentParser, told: argparse.Namespace, own: dict[str, Any]) -> Settings:
    """The settings with which the run began."""
    file = told.folder / "settings.json"
    if not file.is_file():
        parser.error(f"{told.folder} holds no training to resume: leave --resume out")
    try:
        kept = Settings(**json.loads(file.read_text()))
    except (ValueError, TypeError) as error:
        parser.error(f"{file} cannot be understood: {error}")
    differ = [f"--{name} was {getattr(kept, name)!r}" for name in own if own[name] != getattr(kept, name)]
    if differ or told.preset:
        parser.error(f"a resumed run goes on with its own settings: leave {', '.join(differ) or '--preset'} out")
    return kept


def _check(parser: argparse.ArgumentParser, settings: Settings) -> None:
    for name, least in RANGES.items():
        if getattr(settings, name) < least:
            parser.error(f"--{name} must be at least {least}; got {getattr(settings, name)}")
    for name, low, high in (("similar", 0, 1.0001), ("share", 0, 0.9), ("lr", 0, 100), ("clip", 0, 1e9)):
        if not low < getattr(settings, name) < high:
            parser.error(f"--{name} must be above {low} and below {high:g}; got {getattr(settings, name)}")
    for name in ("dropout", "decay"):
        if not 0 <= getattr(settings, name) < 1:
            parser.error(f"--{name} must be from 0 to below 1; got {getattr(settings, name)}")
    if settings.width % settings.heads:
        parser.error(f"--heads must divide --width, {settings.width}; got {settings.heads}")


def prepared(settings: Settings, folder: Path) -> tuple[Any, dict[str, Any]]:
    """Tokenizer and shards: those in the folder if they are of this corpus, else made now unless training began."""
    from groundup.llm.pretraining import (
        CorpusError,
        Shards,
        fingerprint,
        package_documents,
        read_documents,
        split,
        without_copies,
        without_near_copies,
    )  # fmt: skip
    from groundup.text.tokenization import BPETokenizer, CharTokenizer, load, save

    read = read_documents(settings.corpus, errors=settings.errors) if settings.corpus else package_documents(PACKAGES)
    about = " ".join(str(what) for what in (fingerprint(read), settings.similar, settings.share, settings.tokenizer,
                                            settings.vocabulary))  # fmt: skip
    file, parts = folder / "tokenizer.json", ("training", "validation")
    if all((folder / part / "index.json").is_file() for part in parts):
        shards = {part: Shards(folder / part) for part in parts}
        if all(shard.about == about for shard in shards.values()):
            return load(file), shards
        if any((folder / "checkpoints").glob("step-*")):
            corpus = settings.corpus or "the source of " + ", ".join(PACKAGES)
            raise CorpusError(
                f"{corpus} is not the text that this run began with: bring that back, or name another --folder"
            )
    documents = without_near_copies(without_copies(read), settings.similar)
    characters = sum(len(document.text) for document in documents)
    print(f"corpus: {len(documents):,} documents ({len(read) - len(documents):,} copies left out), "
          f"{characters:,} characters, {about[:12]}")  # fmt: skip
    sides = dict(zip(parts, split(documents, settings.share), strict=True))
    folder.mkdir(parents=True, exist_ok=True)
    if settings.tokenizer == "bpe":
        texts = [document.text for document in sides["training"]]
        tokenizer = BPETokenizer.train(texts, settings.vocabulary, pattern="gpt2", special_tokens=("<|endoftext|>",))
    else:
        tokenizer = CharTokenizer.train("".join(document.text for document in documents))
    save(tokenizer, file)
    return tokenizer, {part: _sharded(sides[part], tokenizer, folder / part, about) for part in parts}


def _sharded(documents: list[Any], tokenizer: Any, folder: Path, about: str) -> Any:
    from groundup.llm.pretraining import write_shards

    end = tokenizer.special_tokens.get("<|endoftext|>")
    shards = write_shards(documents, tokenizer, folder, end=end, about=about)
    print(f"{folder.name}: {len(shards):,} tokens of {len(documents):,} document{'s' * (len(documents) > 1)}")
    return shards


def made(settings: Settings, folder: Path, device: Any) -> Any:
    """Model, data, optimizer, schedule, reports, and the trainer around them."""
    import torch

    from groundup.llm.pretraining import NextTokenTrainer, TokenWindows, optimizer_of, ranks
    from groundup.neural.optim import LRScheduler, cosine, with_warmup
    from groundup.neural.training import Checkpoints, fast_precision
    from groundup.transformers.gpt import GPT, GPTConfig

    if settings.threads:
        torch.set_num_threads(settings.threads)
    rank, _, count = ranks()
    tokenizer, shards = prepared(settings, folder) if rank == 0 else (None, {})
    if count > 1:
        torch.distributed.barrier()
    if rank:
        tokenizer, shards = prepared(settings, folder)  # finds what rank 0 has made
    torch.manual_seed(settings.seed)
    config = GPTConfig(
        vocab_size=tokenizer.vocab_size, n_positions=settings.context, n_embd=settings.width, n_layer=settings.layers,
        n_head=settings.heads, resid_pdrop=settings.dropout, embd_pdrop=settings.dropout, attn_pdrop=settings.dropout,
    )  # fmt: skip
    model = GPT(config).to(device)
    optimizer = optimizer_of(model, settings.optimizer, settings.lr, settings.decay)
    total = max(settings.steps - settings.warmup, 1)
    schedule = LRScheduler(optimizer, with_warmup(cosine, settings.warmup, start=0.01), total=total, floor=0.1)
    training, seed = shards["training"], settings.seed
    data = TokenWindows(training, settings.context, settings.batch, seed=seed, rank=rank, ranks=count)
    tokens = settings.batch * settings.accumulate * count * settings.context
    trainer = NextTokenTrainer(
        model, optimizer, data, scheduler=schedule, accumulate=settings.accumulate, clip=settings.clip,
        validation=_judged(shards["validation"], settings), evaluate_every=settings.evaluate, compile=settings.compile,
        checkpoints=Checkpoints(folder / "checkpoints", every=settings.save, keep=2), log_every=10, restore=False,
        precision=fast_precision(device) if settings.precision == "auto" else settings.precision, seed=settings.seed,
        callbacks=_reports(settings, folder, tokenizer, tokens, shards["validation"]),
    )  # fmt: skip
    if rank == 0:
        parameters = sum(p.numel() for p in model.parameters())
        print(f"{parameters:,} parameters, {tokens:,} tokens a step, {len(data):,} steps an epoch, "
              f"{trainer.precision.name} on {device}, {torch.get_num_threads()} threads")  # fmt: skip
    return trainer


def _device(settings: Settings) -> Any:
    import torch

    from groundup.llm.pretraining import ranks

    name = settings.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: torch finds no GPU here; leave it out to train on the processor")
    device = torch.device(name, ranks()[1] if name == "cuda" else None)
    if name == "cuda":
        torch.cuda.set_device(device)
    return device


def _judged(shards: Any, settings: Settings) -> Any:
    """The first validation batches, always the same."""
    from itertools import islice

    from groundup.llm.pretraining import TokenWindows

    return list(islice(TokenWindows(shards, settings.context, settings.batch, shuffle=False), settings.judged))


def _reports(settings: Settings, folder: Path, tokenizer: Any, tokens: int, shards: Any) -> list[Any]:
    from groundup.llm.decoding import generate
    from groundup.llm.pretraining import Curve, ModelFolder, Samples
    from groundup.neural.training import Progress

    begin = tokenizer.encode(settings.prompt) or ([shards.read(0, 1)[0]] if shards.end is None else [shards.end])
    if len(begin) >= settings.context:
        raise ValueError(f"--prompt has {len(begin)} tokens; the context has {settings.context}")

    def write(model: Any) -> str:
        options: dict[str, Any] = {"temperature": 0.8, "eos": shards.end, "seed": 1, "overflow": "halve"}
        return generate(model, [begin], 200, tokenizer=tokenizer, **options)[0].text

    return [
        Progress(5.0, unit="tokens", amount=tokens),
        Samples(write, folder / "samples.txt"),
        Curve(folder / "loss.svg"),
        ModelFolder(folder / "model", tokenizer),
    ]


def main(given: list[str] | None = None) -> int:
    """Train; 0 when done, 1 when training cannot go on, 130 after Ctrl-C."""
    told = arguments(given)
    try:
        return _told(told)
    except KeyboardInterrupt as stopped:
        begun = (told.folder / "settings.json").is_file()
        resume = f"go on with: python {sys.argv[0]} --resume --folder {told.folder}"
        print(f"\n{stopped or 'stopped'}\n{resume if begun else 'nothing was begun'}", file=sys.stderr)
        return 130


def _told(told: argparse.Namespace) -> int:
    from groundup.llm.pretraining import CorpusError
    from groundup.neural.training import CheckpointError, DivergenceError

    try:
        return _run(told)
    except (CorpusError, CheckpointError, DivergenceError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(told: argparse.Namespace) -> int:
    from groundup.files import write_whole
    from groundup.llm.pretraining import ranks, together

    settings, folder, rank = told.settings, told.folder, ranks()[0]
    device = _device(settings)
    with together(device):
        if rank == 0:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / "settings.json", json.dumps(asdict(settings), indent=1))
        trainer = made(settings, folder, device)
        if told.resume and trainer.checkpoints.files():
            step = trainer.resume()
            print(f"resumed at step {step}" if rank == 0 else "", end="\n" if rank == 0 else "")
        history = trainer.fit(steps=settings.steps)
        if rank == 0:
            steps, losses = history.column("val_loss")
            best = losses.argmin()
            print(f"best: validation loss {losses[best]:.4f} nats a token, at step {steps[best]}; "
                  f"groundup generate {folder / 'model'} PROMPT")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
