#!/usr/bin/env python3
"""The cases of the benchmark beside PyTorch, JAX and scikit-learn, where they are installed for this Python.

usage: peers.py BENCH [CASE..]          ./dev bench --peers does it, with $PYTHON or python3

Prints, in microseconds, the least time of a step of each case with one thread, what its limit takes (bench/limit.h), and
what the others take for the same numbers of rows, columns and layers; in brackets, the time of Gradus as a part of it. A
step is zero_grad, forward, loss, backward and optimiser. PyTorch is eager; JAX is jit-compiled and its data are on the
device; scikit-learn is one partial_fit. Each runs in a process of its own, after the case of Gradus, so that all see
the same machine.
"""
import importlib.util
import json
import os
import subprocess
import sys
import time

LAYERS = {  # name -> layers, batch, whether the target is a class, optimiser
    "logreg_30_b32_sgd": ([30, 1], 32, False, "sgd"),
    "multilabel_294_128_6_b32_sgdm": ([294, 128, 6], 32, False, "sgdm"),
    "multilabel_294_128_6_b32_adam": ([294, 128, 6], 32, False, "adam"),
    "mlp_64_128_10_b64_adam": ([64, 128, 10], 64, True, "adam"),
    "mlp_784_128_10_b64_sgdm": ([784, 128, 10], 64, True, "sgdm"),
    "mlp_784_512_512_10_b256_sgdm": ([784, 512, 512, 10], 256, True, "sgdm"),
}
LOSSES = {  # name -> kind, shape of the logits
    "bcel_4096x1000": ("bcel", (4096, 1000)),
    "bcel_32x6": ("bcel", (32, 6)),
    "ce_4096x1000": ("ce", (4096, 1000)),
    "ce_64x32000": ("ce", (64, 32000)),
    "ce_64x10": ("ce", (64, 10)),
    "masked_select_4M": ("masked_select", (4 << 20,)),
    "masked_bcel_4096x1000": ("masked_bcel", (4096, 1000)),
}
ELEMENTWISE = {"relu_xw_b_16M_fwdbwd": 16 << 20, "relu_xw_b_64K_fwdbwd": 1 << 16}  # elements
UNARY = {"exp_1M_fwd": "exp", "tanh_1M_fwd": "tanh", "sigmoid_1M_fwd": "sigmoid"}
MATMUL = {"matmul_512_fwdbwd": 512, "matmul_1024_fwdbwd": 1024}

# ---- PyTorch ----------------------------------------------------------------------------------------------


def torch_step(name):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    torch.manual_seed(0)
    if name in LAYERS:
        sizes, batch, is_class, optimizer = LAYERS[name]
        layers = [layer for a, b in zip(sizes, sizes[1:]) for layer in (torch.nn.Linear(a, b), torch.nn.ReLU())]
        model = torch.nn.Sequential(*layers[:-1])
        x = torch.rand(batch, sizes[0])
        y = torch.randint(0, sizes[-1], (batch,)) if is_class else (torch.rand(batch, sizes[-1]) < 0.3).float()
        loss_of = F.cross_entropy if is_class else F.binary_cross_entropy_with_logits
        if optimizer == "adam":
            optimizer = torch.optim.Adam(model.parameters())
        else:
            optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9 if optimizer == "sgdm" else 0)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss_of(model(x), y).backward()
            optimizer.step()

        return step
    if name in UNARY:
        x, function = torch.randn(1 << 20), getattr(torch, UNARY[name])

        def step():
            with torch.no_grad():
                function(x)

        return step
    if name in LOSSES:
        kind, shape = LOSSES[name]
        z = torch.randn(shape, requires_grad=True)
        y = torch.randint(0, shape[1], shape[:1]) if kind == "ce" else (torch.rand(shape) < 0.3).float()
        mask = torch.rand(shape) < 0.5
        losses = {
            "ce": lambda: F.cross_entropy(z, y),
            "bcel": lambda: F.binary_cross_entropy_with_logits(z, y),
            "masked_select": lambda: torch.masked_select(z, mask).sum(),
            "masked_bcel": lambda: torch.masked_select(
                F.binary_cross_entropy_with_logits(z, y, reduction="none"), mask
            ).mean(),
        }
        leaves, loss = [z], losses[kind]
    elif name in ELEMENTWISE:
        leaves = [torch.randn(ELEMENTWISE[name], requires_grad=True) for _ in range(3)]
        loss = lambda: torch.relu(leaves[0] * leaves[1] + leaves[2]).sum()
    else:
        n = MATMUL[name]
        leaves, gradient = [torch.randn(n, n, requires_grad=True) for _ in range(2)], torch.ones(n, n)
        loss = lambda: leaves[0] @ leaves[1]

    def step():
        for leaf in leaves:
            leaf.grad = None
        value = loss()
        value.backward(gradient if value.dim() else None)

    return step


# ---- JAX --------------------------------------------------------------------------------------------------


def jax_step(name):
    import jax
    import jax.numpy as jnp

    keys = iter(jax.random.split(jax.random.PRNGKey(0), 16))
    normal = lambda shape: jax.random.normal(next(keys), shape)
    uniform = lambda shape: jax.random.uniform(next(keys), shape)

    def bcel(z, y):
        return jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))

    def ce(z, y):
        return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1).mean()

    if name in LAYERS:
        sizes, batch, is_class, optimizer = LAYERS[name]
        p = [(uniform((a, b)) * 0.1 - 0.05, jnp.zeros(b)) for a, b in zip(sizes, sizes[1:])]
        x = uniform((batch, sizes[0]))
        shape = (batch, sizes[-1])
        y = jax.random.randint(next(keys), shape[:1], 0, sizes[-1]) if is_class else (uniform(shape) < 0.3) * 1.0
        zeros = jax.tree_util.tree_map(jnp.zeros_like, p)

        def loss(p, x, y):
            for weight, bias in p[:-1]:
                x = jax.nn.relu(x @ weight + bias)
            x = x @ p[-1][0] + p[-1][1]
            return ce(x, y) if is_class else bcel(x, y).mean()

        def update(state, x, y):
            p, m, v, t = state
            value, g = jax.value_and_grad(loss)(p, x, y)
            each, t = jax.tree_util.tree_map, t + 1
            if optimizer == "adam":
                m = each(lambda m, g: 0.9 * m + 0.1 * g, m, g)
                v = each(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
                change = each(lambda m, v: m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8) * 0.1, m, v)
            else:
                change = m = each(lambda m, g: (0.9 if optimizer == "sgdm" else 0) * m + g, m, g)
            return (each(lambda p, c: p - 0.01 * c, p, change), m, v, t), value

        compiled = jax.jit(update, donate_argnums=0)
        state = [(p, zeros, jax.tree_util.tree_map(jnp.zeros_like, p), jnp.float32(0))]

        def step():
            state[0], value = compiled(state[0], x, y)
            value.block_until_ready()

        return step
    if name in UNARY:
        functions = {"exp": jnp.exp, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}
        compiled, operands = jax.jit(functions[UNARY[name]]), [normal((1 << 20,))]
    elif name in LOSSES:
        kind, shape = LOSSES[name]
        z, mask = normal(shape), uniform(shape) < 0.5
        y = jax.random.randint(next(keys), shape[:1], 0, shape[1]) if kind == "ce" else (uniform(shape) < 0.3) * 1.0
        losses = {  # a selection has no fixed shape, which jit needs: the same value by where
            "ce": ce,
            "bcel": lambda z, y: bcel(z, y).mean(),
            "masked_select": lambda z, y: jnp.where(mask, z, 0).sum(),
            "masked_bcel": lambda z, y: jnp.where(mask, bcel(z, y), 0).sum() / mask.sum(),
        }
        compiled, operands = jax.jit(jax.value_and_grad(losses[kind])), [z, y]
    elif name in ELEMENTWISE:
        operands = [normal((ELEMENTWISE[name],)) for _ in range(3)]
        compiled = jax.jit(jax.value_and_grad(lambda x, w, b: jax.nn.relu(x * w + b).sum(), (0, 1, 2)))
    else:
        operands = [normal((MATMUL[name],) * 2) for _ in range(2)]
        compiled = jax.jit(jax.value_and_grad(lambda a, b: (a @ b).sum(), (0, 1)))
    return lambda: jax.block_until_ready(compiled(*operands))


# ---- scikit-learn -----------------------------------------------------------------------------------------


def sklearn_step(name):
    import numpy as np
    from sklearn.linear_model import SGDClassifier
    from sklearn.neural_network import MLPClassifier

    if name not in LAYERS:
        return None
    sizes, batch, is_class, optimizer = LAYERS[name]
    draw = np.random.default_rng(0)
    x = draw.random((batch, sizes[0]), dtype=np.float32)
    if is_class:
        y, classes = draw.integers(0, sizes[-1], batch), np.arange(sizes[-1])
    elif sizes[-1] == 1:
        y, classes = (draw.random(batch) < 0.3).astype(int), np.arange(2)
    else:
        y, classes = (draw.random((batch, sizes[-1])) < 0.3).astype(int), np.arange(sizes[-1])
    if len(sizes) == 2:
        model = SGDClassifier(loss="log_loss")
    else:
        solver = "adam" if optimizer == "adam" else "sgd"
        model = MLPClassifier(sizes[1:-1], solver=solver, batch_size=batch, momentum=0.9)
    return lambda: model.partial_fit(x, y, classes=classes)


# ---- measuring --------------------------------------------------------------------------------------------

PEERS = {"torch": torch_step, "jax": jax_step, "sklearn": sklearn_step}


def child(peer, name):
    """Prints the least seconds of a step; nothing where the peer does not have the case."""
    step = PEERS[peer](name)
    if step is None:
        return
    begin, steps = time.perf_counter(), 0
    while steps < 3 or time.perf_counter() - begin < 0.2:
        step()
        steps += 1
    a_step = (time.perf_counter() - begin) / steps
    count, times = max(1, int(0.02 / a_step)), []
    for _ in range(max(5, min(31, int(3 / (a_step * count))))):
        begin = time.perf_counter()
        for _ in range(count):
            step()
        times.append((time.perf_counter() - begin) / count)
    print(min(times))


def measure(peer, name):
    """Microseconds, or None."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    one["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    run = subprocess.run([sys.executable, "-W", "ignore", __file__, "--child", peer, name], env=os.environ | one, capture_output=True, text=True)
    if run.returncode != 0:
        print(f"{peer}, {name}: {run.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return 1e6 * float(run.stdout) if run.returncode == 0 and run.stdout else None


def main():
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
        return
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bench, chosen = sys.argv[1], sys.argv[2:]
    there = [peer for peer in PEERS if importlib.util.find_spec(peer)]
    absent = [peer for peer in PEERS if peer not in there]
    names = chosen or [*LAYERS, *LOSSES, *ELEMENTWISE, *UNARY, *MATMUL]
    versions = [f"{peer} {__import__(peer).__version__}" for peer in there]
    print("one thread; " + ", ".join(versions) + ("; not installed: " + ", ".join(absent) if absent else ""))
    print(f"{'case':32}{'gradus us':>12}{'limit':>12}" + "".join(f"{peer:>18}" for peer in there) + "   other processors")
    for name in names:
        own = json.loads(subprocess.run([bench, "--json", "--cases", name], capture_output=True, text=True, check=True).stdout)
        line = f"{name:32}{own['us_min']:12.2f}{own.get('limit_us', float('nan')):12.2f}"
        for peer in there:
            us = measure(peer, name)
            line += f"{us:11.2f} ({own['us_min'] / us:.2f})" if us else f"{'':18}"
        print(line + f"{own.get('others', float('nan')):10.2f}", flush=True)


main()
