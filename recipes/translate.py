"""Train the encoder-decoder of 2017 on Multi30k, English to German, on a processor; interrupt it, go on with --resume.

python recipes/translate.py --data multi30k-en-de --folder runs/translate --minutes 60
python recipes/translate.py --data multi30k-en-de --folder runs/translate --minutes 60 --resume
python recipes/translate.py --data multi30k-en-de --folder runs/translate --evaluate
python recipes/translate.py --preset tiny --folder runs/dates        (dates into digits, generated, seconds)

A folder of Multi30k holds train, val and test_2016_flickr, each as .en.gz and .de.gz: the files of data/task1/raw in
github.com/multi30k/dataset, for research and teaching without commerce. --data names it, or GROUNDUP_DATA the folder
above it. The run's folder gets checkpoints, tokenizer.json, log.jsonl, and at the end translations.txt,
attention.png and result.json.
"""

import argparse
import gzip
import json
import os
import sys
import time
import unicodedata
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

SPECIAL = ("<pad>", "<bos>", "<eos>")
FILES = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
WANTED = "github.com/multi30k/dataset, folder data/task1/raw, for research and teaching without commerce"


@dataclass(frozen=True)
class Preset:
    """The sizes of a run."""

    tokens: int  # of the joint vocabulary
    d_model: int
    heads: int
    d_ff: int
    layers: int  # of the encoder, and of the decoder
    dropout: float
    batch: int  # target tokens of a step, padding counted
    warmup: int  # steps until the rate is largest
    steps: int
    evaluate_every: int
    average: float = 0.998  # decay of the averaged weights, which are used in evaluation
    bleu_on: int = 1014  # validation sentences that are translated in every evaluation


PRESETS = {
    "tiny": Preset(330, 32, 2, 64, 1, 0.0, 600, 30, 120, 40, average=0.9, bleu_on=20),
    "small": Preset(8000, 128, 4, 256, 4, 0.3, 2400, 600, 12000, 300),
    "medium": Preset(8000, 256, 4, 512, 3, 0.3, 2400, 1500, 12000, 300),
}


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The settings, checked: a wrong one ends the program with a sentence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of Multi30k (GROUNDUP_DATA/multi30k-en-de)")
    parser.add_argument("--folder", type=Path, default=Path("runs/translate"), help="of the run (%(default)s)")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="small", help="sizes (%(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with the newest checkpoint of the folder")
    parser.add_argument("--evaluate", action="store_true", help="only translate the test set with the best checkpoint")
    parser.add_argument("--steps", type=int, help="in all (the preset's)")
    parser.add_argument("--minutes", type=float, help="stop after so many, to go on later")
    parser.add_argument("--norm", choices=("post", "pre"), default="post", help="place of the norms (%(default)s)")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto",
                        help="auto: bfloat16 where the processor has it")  # fmt: skip
    parser.add_argument("--beams", type=int, default=5, help="of the search on the test set (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of torch (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, dropout and batches (%(default)s)")
    settings = parser.parse_args(given)
    for name, least in (("steps", 1), ("beams", 1), ("threads", 1), ("seed", 0)):
        value = getattr(settings, name)
        if value is not None and value < least:
            parser.error(f"--{name} must be at least {least}; got {value}")
    if settings.minutes is not None and not 0 < settings.minutes < float("inf"):
        parser.error(f"--minutes must be above 0 and finite; got {settings.minutes}")
    started = any(settings.folder.glob("step-*.safetensors")) if settings.folder.is_dir() else False
    if started and not (settings.resume or settings.evaluate):
        parser.error(
            f"{settings.folder} holds a training already: add --resume or --evaluate, or name another --folder"
        )
    if (settings.resume or settings.evaluate) and not started:
        parser.error(f"{settings.folder} holds no checkpoint: leave --resume and --evaluate out")
    if settings.preset != "tiny":
        settings.data = _found(parser, settings.data)
    return settings


def _found(parser: argparse.ArgumentParser, folder: Path | None) -> Path:
    """The folder of the data; ends the program with how to get them if they are not there."""
    if folder is None and not os.environ.get("GROUNDUP_DATA"):
        parser.error(f"no data: name a folder with --data, or set GROUNDUP_DATA. The files are in {WANTED}")
    folder = folder or Path(os.environ["GROUNDUP_DATA"]) / "multi30k-en-de"
    names = [f"{name}.{language}.gz" for name in FILES.values() for language in ("en", "de")]
    if missing := [name for name in names if not (folder / name).is_file()]:
        parser.error(f"{folder} lacks {', '.join(missing)}. The files are in {WANTED}")
    return folder


# ------------------------------------------------------------------------------------------- data

Pairs = list[tuple[str, str]]


def cleaned(text: str) -> str:
    """One spelling of what looks the same: composed characters, plain quotes and dashes, single spaces."""
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "")  # hyphens that show only at a line's end
    for odd, plain in (
        ("„", '"'),
        ("“", '"'),
        ("”", '"'),
        ("’", "'"),
        ("‘", "'"),
        ("´", "'"),
        ("–", "-"),
        ("…", "..."),
    ):
        text = text.replace(odd, plain)
    return " ".join(text.split())


def filtered(pairs: Pairs) -> Pairs:
    """Training pairs without empty ones, doubles, and those whose lengths differ by more than three times."""
    kept = {}
    for source, target in pairs:
        a, b = len(source.split()), len(target.split())
        if a and b and max(a, b) <= 3 * min(a, b) + 3:
            kept[source, target] = None
    return list(kept)


def multi30k(folder: Path) -> dict[str, Pairs]:
    """Training, validation and test pairs. Sources and training targets are cleaned; a reference stays as it is."""
    parts = {}
    for part, name in FILES.items():
        sides = []
        for language in ("en", "de"):
            with gzip.open(folder / f"{name}.{language}.gz", "rt", encoding="utf-8") as file:
                sides.append([line.rstrip("\n") for line in file])
        if len(sides[0]) != len(sides[1]):
            raise SystemExit(f"{folder / name}: {len(sides[0])} English lines and {len(sides[1])} German ones")
        parts[part] = [(cleaned(en), cleaned(de) if part == "train" else de) for en, de in zip(*sides, strict=True)]
    parts["train"] = filtered(parts["train"])
    return parts


def dates(seed: int = 0) -> dict[str, Pairs]:
    """Dates in words and in digits, as a task whose answers are known."""
    import numpy as np

    months = ["January", "February", "March", "April", "May", "June"]
    months += ["July", "August", "September", "October", "November", "December"]
    rng, pairs = np.random.default_rng(seed), {}
    while len(pairs) < 640:
        year, month, day = int(rng.integers(1900, 2100)), int(rng.integers(12)), int(rng.integers(1, 29))
        forms = (
            f"{day} {months[month]} {year}",
            f"{months[month]} {day}, {year}",
            f"the {day}. of {months[month]}, {year}",
        )
        pairs[forms[int(rng.integers(3))]] = f"{year}-{month + 1:02d}-{day:02d}"
    pairs = list(pairs.items())
    return {"train": pairs[:600], "validation": pairs[600:620], "test": pairs[620:]}


def the_tokenizer(settings: argparse.Namespace, train: Pairs):
    """The run's joint byte-pair encoding, trained when it is new."""
    from groundup.text.tokenization import BPETokenizer, load, save

    file = settings.folder / "tokenizer.json"
    if not (settings.resume or settings.evaluate):
        texts = [f" {text}" for pair in train for text in pair]
        settings.folder.mkdir(parents=True, exist_ok=True)
        save(BPETokenizer.train(texts, PRESETS[settings.preset].tokens, special_tokens=SPECIAL), file)
    return load(file)


def encoded(tokenizer, pairs: Pairs) -> list[tuple]:
    """Each pair as arrays: source and eos; bos, target and eos. The space in front makes first words as any other."""
    import numpy as np

    bos, eos = (tokenizer.special_tokens[name] for name in SPECIAL[1:])
    ids = [[tokenizer.encode(f" {text}") for text in pair] for pair in pairs]
    return [(np.array([*source, eos]), np.array([bos, *target, eos])) for source, target in ids]


def side_by_side(examples: list[tuple], pad_id: int) -> tuple:
    """A batch: source (B, S) and target (B, T), filled up with padding."""
    import torch

    from groundup.neural.batching import pad

    return tuple(torch.from_numpy(pad(list(side), pad_id)[0]) for side in zip(*examples, strict=True))


def batches(examples: list[tuple], tokens: int, pad_id: int, seed: int):
    """Similar lengths together, as many pairs as fit into a number of tokens."""
    from groundup.neural.batching import BucketBatchSampler, Loader

    lengths = [max(len(source), len(target)) for source, target in examples]
    sampler = BucketBatchSampler(lengths, max_tokens=max(tokens, max(lengths)), seed=seed)
    return Loader(examples, batch_sampler=sampler, collate=partial(side_by_side, pad_id=pad_id))


# ------------------------------------------------------------------------------------------- training


@dataclass
class Run:
    """What belongs to one run."""

    settings: argparse.Namespace
    preset: Preset
    parts: dict[str, Pairs]
    tokenizer: object
    model: object
    began: float = field(default_factory=time.monotonic)


def prepared(settings: argparse.Namespace) -> Run:
    """Data, tokenizer and an untrained model."""
    import torch

    from groundup.transformers.transformer import Transformer, TransformerConfig

    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    preset = PRESETS[settings.preset]
    preset = replace(preset, steps=settings.steps or preset.steps)
    parts = dates() if settings.preset == "tiny" else multi30k(settings.data)
    tokenizer = the_tokenizer(settings, parts["train"])
    pad_id, bos_id, eos_id = (tokenizer.special_tokens[name] for name in SPECIAL)
    config = TransformerConfig(
        vocab_size=tokenizer.vocab_size, d_model=preset.d_model, heads=preset.heads, d_ff=preset.d_ff,
        encoder_layers=preset.layers, decoder_layers=preset.layers, dropout=preset.dropout, norm=settings.norm,
        pad_id=pad_id, bos_id=bos_id, eos_id=eos_id,
    )  # fmt: skip
    model = Transformer(config)
    print(f"{len(parts['train'])} pairs, {tokenizer.vocab_size} tokens, "
          f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f}M weights, {settings.norm}-norm")  # fmt: skip
    return Run(settings, preset, parts, tokenizer, model)


def the_trainer(run: Run):
    """The trainer: published optimizer and rate, label smoothing, averaged weights, the best by validation loss."""
    import torch

    from groundup.neural.optim import LRScheduler
    from groundup.neural.training import Checkpoints, Progress, Trainer, fast_precision
    from groundup.transformers.transformer import noam, teacher_forced, translation_loss

    class Translation(Trainer):
        """Batches are (source, target), and count by the tokens that are predicted."""

        def compute(self, batch):
            """Smoothed loss when training, plain cross-entropy in evaluation."""
            logits, labels = teacher_forced(self.model, *batch)
            return translation_loss(logits, labels, 0.1 if self.model.training else 0.0), logits, labels

        def weigh(self, batch):
            """Tokens that are predicted."""
            return int((batch[1][:, 1:] != self.model.config.pad_id).sum())

    settings, preset, pad_id = run.settings, run.preset, run.model.config.pad_id
    train, validation = (encoded(run.tokenizer, run.parts[part]) for part in ("train", "validation"))
    optimizer = torch.optim.Adam(run.model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    return Translation(
        run.model,
        optimizer,
        None,
        batches(train, preset.batch, pad_id, settings.seed),
        validation=batches(validation, preset.batch, pad_id, 0),
        scheduler=LRScheduler(optimizer, noam, d_model=preset.d_model, warmup=preset.warmup),
        average=preset.average,
        clip=1.0,
        precision=fast_precision(torch.device("cpu")) if settings.precision == "auto" else settings.precision,
        checkpoints=Checkpoints(settings.folder, every=preset.evaluate_every // 2, keep=2, best="val_loss"),
        callbacks=[Progress(every=30.0), journal(run)],
        evaluate_every=preset.evaluate_every,
        log_every=20,
        seed=settings.seed,
    )


def journal(run: Run):
    """A callback: BLEU of greedy translations at every evaluation, a line in log.jsonl, the end after --minutes."""
    from groundup.neural.training import Callback

    class Journal(Callback):
        def __init__(self):
            self.before = 0.0  # seconds of training in earlier parts of the run

        def seconds(self):
            return self.before + time.monotonic() - run.began

        def on_step(self, trainer):
            limit = run.settings.minutes
            if limit is not None and time.monotonic() - run.began > 60 * limit and trainer.stopped is None:
                trainer.stop(f"{limit:g} minutes are over")

        def on_evaluate(self, trainer, row):
            from groundup.text.bleu import corpus_bleu

            some = run.parts["validation"][: run.preset.bleu_on]
            with trainer.average.applied():
                written = translated(run, [source for source, _ in some], beams=1)
            score = corpus_bleu(written, [target for _, target in some])
            row = {**row, "val_bleu": round(score.score, 2), "seconds": round(self.seconds())}
            with open(run.settings.folder / "log.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(
                f"step {trainer.step}: validation loss {row['val_loss']:.4f}, greedy {score}; {written[0]}", flush=True
            )

        def state_dict(self):
            return {"seconds": self.seconds()}

        def load_state_dict(self, state):
            self.before, run.began = state["seconds"], time.monotonic()

    return Journal()


# ------------------------------------------------------------------------------------------- translating


def translated(run: Run, sources: list[str], beams: int, rows: int = 100) -> list[str]:
    """Translations, greedy or by beam search; sentences of similar lengths go together."""
    import torch

    from groundup.transformers.transformer import beam_search, greedy

    ids = [source for source, _ in encoded(run.tokenizer, [(source, "") for source in sources])]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    found, was_training = {}, run.model.training
    run.model.eval()
    for start in range(0, len(order), rows):
        some = order[start : start + rows]
        source, _ = side_by_side([(ids[i], ids[i]) for i in some], run.model.config.pad_id)
        with torch.inference_mode():
            if beams == 1:
                texts = greedy(run.model, source)
            else:
                texts = [best[0].tokens for best in beam_search(run.model, source, beams)]
        found.update(zip(some, texts, strict=True))
    run.model.train(was_training)
    return [run.tokenizer.decode(found[i]).strip() for i in range(len(ids))]


def report(run: Run) -> dict:
    """BLEU of the test set by beam search with the best averaged weights; translations and attention in files."""
    from groundup.neural.training import load_weights
    from groundup.text.bleu import corpus_bleu

    folder, beams = run.settings.folder, run.settings.beams
    load_weights(run.model, folder / "best.safetensors", averaged=True)
    pairs, began = run.parts["test"], time.monotonic()
    written = translated(run, [source for source, _ in pairs], beams)
    seconds, references = time.monotonic() - began, [target for _, target in pairs]
    cased, lower = corpus_bleu(written, references), corpus_bleu(written, references, lowercase=True)
    (folder / "translations.txt").write_text("\n".join(written) + "\n", encoding="utf-8")
    for (source, target), text in list(zip(pairs, written, strict=True))[:8]:
        print(f"\n{source}\n  is    {text}\n  reads {target}")
    picture = maps(run, pairs[0][0], written[0])
    print(f"\ntest, {beams} beams, words and case as they are (13a): {cased}")
    print(f"test, lower case: {lower}")
    print(f"{len(pairs)} sentences in {seconds:.0f} s; {picture}")
    result = {"bleu": cased.score, "bleu_lowercase": lower.score, "beams": beams, "sentences": len(pairs)}
    (folder / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
    return result


def maps(run: Run, source: str, target: str) -> Path:
    """A picture of the last decoder block's attention to the source, a panel a head."""
    import torch
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from groundup.transformers.attention import draw_attention

    run.model.eval()
    x, y = (torch.from_numpy(side)[None] for side in encoded(run.tokenizer, [(source, target)])[0])
    with torch.inference_mode():
        weights = run.model.attention_maps(x, y[:, :-1])[-1][0]
    names = [[run.tokenizer.decode([token]).strip() for token in side[0].tolist()] for side in (x, y[:, 1:])]
    figure = Figure(figsize=(4 * len(weights), 4), layout="constrained")
    FigureCanvasAgg(figure)
    for head, ax in zip(weights, figure.subplots(1, len(weights), squeeze=False)[0], strict=True):
        draw_attention(head, names[1], names[0], ax)
    file = run.settings.folder / "attention.png"
    figure.savefig(file, dpi=120)
    return file


def main(given: list[str] | None = None) -> int:
    """Train and report; 0 when done, 1 when the training cannot go on, 130 after Ctrl-C."""
    settings = arguments(given)
    from groundup.neural.training import CheckpointError, DivergenceError

    run = prepared(settings)
    go_on = f"python {sys.argv[0]} --resume --folder {settings.folder} --preset {settings.preset}"
    go_on += f" --data {settings.data}" if settings.data else ""
    try:
        if not settings.evaluate:
            trainer = the_trainer(run)
            if settings.resume:
                print(f"resumed at step {trainer.resume()}")
                trainer.stopped = None
            trainer.fit(steps=run.preset.steps)
            if trainer.stopped:
                print(f"{trainer.stopped}, at step {trainer.step}; go on with: {go_on}")
        if not (settings.folder / "best.safetensors").is_file():
            print(f"no evaluation yet: the first is at step {run.preset.evaluate_every}")
            return 0
        report(run)
    except (CheckpointError, DivergenceError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print(f"\n{stopped}\ngo on with: {go_on}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
