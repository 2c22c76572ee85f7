"""Files of weights: both spellings, parts, narrow types, what transformers writes and reads, and every kind of damage.

The published files of GPT-2 cannot be had here; the files of these tests are written by transformers itself, or in the
layout that old published files have.
"""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from groundup.transformers.gpt import GPT, GPTConfig, WeightsError
from groundup.transformers.gpt.published import check_vocabulary, load, read

CONFIG = GPTConfig(vocab_size=37, n_positions=12, n_embd=16, n_layer=2, n_head=2)
IDS = torch.randint(37, (2, 9), generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = GPT(CONFIG).eval()
    with torch.no_grad():
        for p in model.parameters():  # biases and gains that are not at their start
            p.add_(0.1 * torch.randn(p.shape))
    return model


@pytest.fixture
def folder(model, tmp_path):
    model.save_pretrained(tmp_path)
    return tmp_path


def published(folder):
    return load_file(folder / "model.safetensors")


def rewrite(folder, tensors):
    save_file({name: t.contiguous() for name, t in tensors.items()}, folder / "model.safetensors", {"format": "pt"})


def settings(folder, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_a_saved_model_comes_back_bit_for_bit(model, folder):
    again = GPT.from_pretrained(folder)
    assert again.config == model.config and not again.training
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), again.state_dict().values(), strict=True))
    assert all(p.requires_grad for p in again.parameters())
    assert sorted(f.name for f in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert torch.equal(GPT.from_pretrained(folder / "model.safetensors")(IDS), model(IDS))


def test_a_file_alone_with_a_configuration(model, folder):
    (folder / "config.json").unlink()
    assert torch.equal(GPT.from_pretrained(folder / "model.safetensors", config=CONFIG)(IDS), model(IDS))
    with pytest.raises(WeightsError, match=r"config\.json is missing"):
        GPT.from_pretrained(folder)


@pytest.mark.parametrize("prefix", ["", "transformer."])
@pytest.mark.parametrize("buffers", [True, False])
@pytest.mark.parametrize("head", [True, False])
def test_both_spellings_with_and_without_what_old_files_hold(model, folder, prefix, buffers, head):
    tensors = {prefix + name.removeprefix("transformer."): t for name, t in published(folder).items()}
    if buffers:
        for i in range(2):
            tensors[f"{prefix}h.{i}.attn.bias"] = torch.ones(1, 1, 12, 12).tril()
            tensors[f"{prefix}h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    if head:
        tensors["lm_head.weight"] = tensors[prefix + "wte.weight"].clone()
    rewrite(folder, tensors)
    assert torch.equal(GPT.from_pretrained(folder)(IDS), model(IDS))


def test_the_last_layer_may_stand_for_the_tokens(model, folder):
    tensors = published(folder)
    tensors["lm_head.weight"] = tensors.pop("transformer.wte.weight")
    rewrite(folder, tensors)
    assert torch.equal(GPT.from_pretrained(folder)(IDS), model(IDS))


def test_linear_layers_are_stored_as_inputs_by_outputs(model, folder):
    tensors = published(folder)
    assert tensors["transformer.h.0.attn.c_attn.weight"].shape == (16, 48)
    assert torch.equal(tensors["transformer.h.1.mlp.c_proj.weight"], model.h[1].mlp.c_proj.weight.T)
    assert "lm_head.weight" not in tensors


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_narrow_files(model, folder, kind):
    rewrite(folder, {name: t.to(kind) for name, t in published(folder).items()})
    wide, narrow = GPT.from_pretrained(folder), GPT.from_pretrained(folder, dtype=None)
    assert {p.dtype for p in wide.parameters()} == {torch.float32} and {p.dtype for p in narrow.parameters()} == {kind}
    assert (wide(IDS) - model(IDS)).abs().max() < 0.1
    narrow.save_pretrained(folder / "again")
    assert json.loads((folder / "again/config.json").read_text())["dtype"] == str(kind).removeprefix("torch.")
    assert {t.dtype for t in read(folder / "again").values()} == {kind}


def test_parts_with_an_index(model, folder):
    model.save_pretrained(folder, part_bytes=10_000)
    parts = sorted(f.name for f in folder.glob("model-*.safetensors"))
    assert len(parts) > 2 and not (folder / "model.safetensors").exists()
    assert torch.equal(GPT.from_pretrained(folder)(IDS), model(IDS))
    assert json.loads((folder / "model.safetensors.index.json").read_text())["metadata"]["total_size"] == 4 * sum(
        p.numel() for p in model.parameters()
    )
    (folder / parts[1]).unlink()
    with pytest.raises(WeightsError, match=rf"{parts[1]} is missing"):
        GPT.from_pretrained(folder)
    model.save_pretrained(folder)  # one file again: the index must go
    assert not (folder / "model.safetensors.index.json").exists()
    assert torch.equal(GPT.from_pretrained(folder)(IDS), model(IDS))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ({"weight_map": {"wte.weight": "../elsewhere.safetensors"}}, "outside its folder"),
        ({"weight_map": {}}, "no weight_map"),
        ({"weight_map": {"wte.weight": 3}}, "no weight_map"),
        ([1, 2], "must hold a JSON object; got a list"),
    ],
)
def test_indices_that_are_refused(folder, index, message):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(WeightsError, match=message):
        GPT.from_pretrained(folder)


def test_a_name_in_two_parts(folder):
    tensors = published(folder)
    (folder / "model.safetensors").unlink()
    save_file(tensors, folder / "a.safetensors")
    save_file(tensors, folder / "b.safetensors")
    index = {"weight_map": {name: "ab"[i % 2] + ".safetensors" for i, name in enumerate(tensors)}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(WeightsError, match=r"b\.safetensors repeats transformer\.h\.0"):
        GPT.from_pretrained(folder)


def test_every_fault_is_named_at_once(folder):
    tensors = published(folder)
    del tensors["transformer.h.1.ln_2.bias"]
    tensors["transformer.h.2.ln_1.weight"] = torch.ones(16)
    tensors["transformer.h.0.attn.c_attn.weight"] = torch.ones(48, 16)
    tensors["transformer.ln_f.weight"] = torch.ones(16, dtype=torch.int32)
    rewrite(folder, tensors)
    with pytest.raises(WeightsError) as caught:
        GPT.from_pretrained(folder)
    for part in (
        "missing: h.1.ln_2.bias",
        "unknown: h.2.ln_1.weight",
        "h.0.attn.c_attn.weight has shape (48, 16) in the file, the configuration wants (16, 48)",
        "ln_f.weight holds torch.int32",
    ):
        assert part in str(caught.value)


def test_a_file_of_another_model_is_told_briefly(folder):
    rewrite(folder, {f"encoder.layer.{i}.weight": torch.ones(2) for i in range(99)})
    with pytest.raises(WeightsError, match=r"missing: h\.0.* and 20 more; unknown: encoder.* and 91 more"):
        GPT.from_pretrained(folder)


def test_one_name_in_both_spellings(folder):
    tensors = published(folder)
    rewrite(folder, {**tensors, "wpe.weight": tensors["transformer.wpe.weight"].clone()})
    with pytest.raises(WeightsError, match=r"wpe\.weight with and without 'transformer\.'"):
        GPT.from_pretrained(folder)


def test_an_untied_last_layer(folder):
    rewrite(folder, {**published(folder), "lm_head.weight": torch.zeros(37, 16)})
    with pytest.raises(WeightsError, match=r"lm_head\.weight differs from wte\.weight"):
        GPT.from_pretrained(folder)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "length", "folder"])
def test_damaged_files(folder, damage):
    file = folder / "model.safetensors"
    content = file.read_bytes()
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(
            {"cut": content[:-7], "empty": b"", "text": b"hello, weights", "length": b"\xff" * 8 + content[8:]}[damage]
        )
    with pytest.raises(WeightsError, match=r"model\.safetensors is damaged"):
        GPT.from_pretrained(folder)


def test_what_is_not_there(tmp_path):
    with pytest.raises(WeightsError, match="neither a folder nor a file; a model is read from this disk"):
        GPT.from_pretrained("gpt2-that-is-nowhere")
    with pytest.raises(WeightsError, match=r"holds no model\.safetensors and no model\.safetensors\.index\.json$"):
        GPT.from_pretrained(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin is a pickle"):
        GPT.from_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx = True"),
        ({"scale_attn_weights": False}, "scale_attn_weights = False"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings = False"),
        ({"add_cross_attention": True}, "add_cross_attention = True"),
        ({"activation_function": "swish"}, "activation_function must be one of"),
        ({"model_type": "llama"}, "model_type must be 'gpt2'; got 'llama'"),
        ({"n_head": 3}, "n_head must divide n_embd"),
    ],
)
def test_features_that_are_not_followed_are_named(folder, changes, message):
    settings(folder, **changes)
    with pytest.raises(ValueError, match=message) as caught:
        GPT.from_pretrained(folder)
    assert "config.json" in str(caught.value)


def test_a_config_that_is_no_json(folder):
    (folder / "config.json").write_text("{'n_embd': 16}")
    with pytest.raises(WeightsError, match=r"config\.json is no JSON"):
        GPT.from_pretrained(folder)


def test_without_biases_zeros_are_written(model, tmp_path):
    bare = GPT(replace(CONFIG, bias=False)).eval()
    bare.save_pretrained(tmp_path)
    assert not published(tmp_path)["transformer.h.0.mlp.c_fc.bias"].any()
    again = GPT.from_pretrained(tmp_path)
    assert not again.config.bias and torch.equal(again(IDS), bare(IDS))
    rewrite(tmp_path, {**published(tmp_path), "transformer.ln_f.bias": torch.ones(16)})
    with pytest.raises(WeightsError, match=r"ln_f\.bias is not zero"):
        GPT.from_pretrained(tmp_path)


class Tokens:
    def __init__(self, vocab_size):
        self.vocab_size = vocab_size


def test_tokenizer_and_model_must_be_a_pair(folder, recwarn):
    load(folder, tokenizer=Tokens(37))
    load(folder, tokenizer=Tokens(30))  # rows that round the vocabulary up
    assert not recwarn.list
    with pytest.raises(ValueError, match="tokenizer has 38 tokens, the model only 37"):
        load(folder, tokenizer=Tokens(38))
    with pytest.warns(UserWarning, match="are they a pair"):
        check_vocabulary(Tokens(100), replace(CONFIG, vocab_size=300))


def test_a_failed_save_leaves_the_old_file(model, folder, monkeypatch):
    from groundup.transformers.gpt import published as module

    def full(*_):
        raise OSError(28, "No space left on device")

    before = (folder / "model.safetensors").read_bytes()
    monkeypatch.setattr(module, "save_file", full)
    with pytest.raises(WeightsError, match=r"cannot be written: .*No space left"):
        model.save_pretrained(folder)
    assert (folder / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"n_inner": 40},
        {"activation_function": "gelu"},
        {"activation_function": "relu"},
        {"layer_norm_epsilon": 1e-3},
    ],
)
def test_transformers_reads_what_we_write_and_the_reverse(settings, tmp_path):
    from transformers import GPT2LMHeadModel

    torch.manual_seed(1)
    ours = GPT(replace(CONFIG, **settings)).eval()
    ours.save_pretrained(tmp_path / "ours")
    theirs, told = GPT2LMHeadModel.from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"] and not told["mismatched_keys"]
    assert torch.allclose(theirs.eval()(IDS).logits, ours(IDS), atol=1e-5)
    theirs.save_pretrained(tmp_path / "theirs", max_shard_size="12KB")
    assert list((tmp_path / "theirs").glob("model-00002*"))
    back = GPT.from_pretrained(tmp_path / "theirs")
    assert back.config == ours.config
    assert all(torch.equal(a, b) for a, b in zip(back.state_dict().values(), ours.state_dict().values(), strict=True))


def test_a_training_checkpoint_is_no_published_file(tmp_path):
    from groundup.neural.training import write_state

    write_state(tmp_path / "run.safetensors", {"step": 3, "model": GPT(CONFIG).state_dict()})
    with pytest.raises(WeightsError, match="missing"):
        GPT.from_pretrained(tmp_path / "run.safetensors", config=CONFIG)


def test_reading_weights_does_not_load_torchs_compiler(tmp_path):
    """It costs a second, and drawing numbers that the file overwrites was the only reason."""
    import subprocess
    import sys

    GPT(CONFIG).save_pretrained(tmp_path)
    code = (
        "import sys; from groundup.transformers.gpt import GPT; "
        f"GPT.from_pretrained({str(tmp_path)!r}); assert 'torch._dynamo' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
