"""The plain GPT beside the torch GPT: logits, gradients, whole training runs; attention maps; errors."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from groundup.neural import optim
from groundup.neural.autograd import gradcheck
from groundup.transformers.gpt import GPT, GPTConfig, PlainGPT

CONFIG = GPTConfig(
    vocab_size=13, n_positions=10, n_embd=8, n_layer=2, n_head=2, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0
)
IDS = np.random.default_rng(0).integers(0, 13, (3, 9))


def twins(**changes):
    torch.manual_seed(0)
    model = GPT(replace(CONFIG, **changes)).double()
    return model, PlainGPT(model.config, model.state_dict())


@pytest.mark.parametrize("changes", [{}, {"bias": False}, {"activation_function": "gelu"}, {"n_inner": 5, "n_head": 4},
                                     {"activation_function": "relu", "layer_norm_epsilon": 0.1}])  # fmt: skip
def test_logits_loss_and_gradients_are_torchs(changes):
    model, plain = twins(**changes)
    ids = torch.tensor(IDS)
    assert np.allclose(plain(IDS).data, model(ids).detach(), atol=1e-13)
    theirs, ours = model.loss(ids[:, :-1], ids[:, 1:]), plain.loss(IDS[:, :-1], IDS[:, 1:])
    theirs.backward()
    ours.backward()
    assert abs(float(ours.data) - theirs.item()) < 1e-13
    for (name, p), q in zip(model.named_parameters(), plain.parameters(), strict=True):
        assert np.allclose(q.grad, p.grad, atol=1e-13), name


def test_gradient_equals_central_differences():
    _, plain = twins()

    def loss(weight):
        plain.weights["h.1.attn.c_attn.weight"] = weight
        return plain.loss(IDS[:, :-1], IDS[:, 1:])

    assert gradcheck(loss, plain.weights["h.1.attn.c_attn.weight"].data * 10)


def test_masks_mean_the_same():
    model, plain = twins()
    mask = np.random.default_rng(1).random((3, 1, 9, 9)) < 0.5
    assert np.allclose(plain(IDS, mask).data, model(torch.tensor(IDS), torch.tensor(mask)).detach(), atol=1e-13)


def test_training_makes_the_same_steps():
    model, plain = twins()
    rng, losses = np.random.default_rng(2), []
    optimizers = [optim.AdamW(w.parameters(), lr=1e-2, betas=(0.9, 0.99)) for w in (model, plain)]
    for _ in range(12):
        ids = rng.integers(0, 13, (4, 9))
        pair = model.loss(torch.tensor(ids[:, :-1]), torch.tensor(ids[:, 1:])), plain.loss(ids[:, :-1], ids[:, 1:])
        for loss, optimizer, net in zip(pair, optimizers, (model, plain), strict=True):
            optimizer.zero_grad()
            loss.backward()
            optim.clip_grad_norm_(net.parameters(), 0.5)
            optimizer.step()
        losses.append([pair[0].item(), float(pair[1].data)])
    assert np.allclose(*np.transpose(losses), atol=1e-12) and losses[-1][0] != losses[0][0]
    model.load_state_dict({name: torch.from_numpy(value) for name, value in plain.state_dict().items()})
    assert np.allclose(model(torch.tensor(IDS)).detach(), plain(IDS).data, atol=1e-13)


def test_maps_are_causal_distributions():
    _, plain = twins()
    plain(IDS, maps=(maps := []))
    assert [m.shape for m in maps] == [(3, 2, 9, 9)] * 2
    for m in maps:
        assert np.allclose(m.sum(-1), 1) and not np.triu(m, 1).any()


def test_a_fresh_one_and_its_type():
    plain = PlainGPT(CONFIG, random_state=3)
    assert plain(IDS).dtype == np.float32
    assert abs(float(plain.loss(IDS[:, :-1], IDS[:, 1:]).data) - np.log(13)) < 0.1
    assert PlainGPT(CONFIG, plain.state_dict(), dtype=np.float64)(IDS).dtype == np.float64
    state = plain.state_dict()
    state["wte.weight"][:] = 0
    assert plain.weights["wte.weight"].data.any()  # a copy


def test_what_is_refused():
    _, plain = twins()
    state = plain.state_dict()
    with pytest.raises(ValueError, match=r"in one only.*\['lm_head.weight'\]"):
        PlainGPT(CONFIG, {**state, "lm_head.weight": state["wte.weight"]})
    with pytest.raises(ValueError, match=r"wpe\.weight must have shape \(10, 8\); got \(8, 10\)"):
        PlainGPT(CONFIG, {**state, "wpe.weight": state["wpe.weight"].T})
    for wrong in (IDS[0], IDS * 1.0, np.zeros((1, 11), int), np.zeros((1, 0), int)):
        with pytest.raises(ValueError, match=r"whole numbers of shape \(B, T\), T from 1 to 10"):
            plain(wrong)


@pytest.mark.parametrize("ids", [[[-1, 2]], [[3, 13]]])
def test_ids_that_are_no_token_are_told(ids):
    with pytest.raises(IndexError, match=r"ids must lie in 0 \.\.\. 12"):
        PlainGPT(CONFIG)(np.array(ids))
