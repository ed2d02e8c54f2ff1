"""PyTorch: state dictionaries, modules, optimizers, TorchScript, export, sharded checkpoints."""

import io
import types
from typing import Any

from tests.scanner.libraries.output import CARRIES_CODE, CUSTOM, Output


def checkpoints(out: Output) -> None:
    """Write what training loops save: states, optimizers, schedulers, tensors of every type."""
    import numpy as np
    import torch

    net = _trained()
    adam = torch.optim.AdamW(net.parameters())
    net(torch.ones(2, 4)).sum().backward()
    adam.step()
    sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    schedulers = {
        "cosine": torch.optim.lr_scheduler.CosineAnnealingLR(adam, 10),
        "one_cycle": torch.optim.lr_scheduler.OneCycleLR(adam, 0.1, total_steps=10),
        "plateau": torch.optim.lr_scheduler.ReduceLROnPlateau(sgd),
        "lambda": torch.optim.lr_scheduler.LambdaLR(sgd, lambda epoch: 0.9**epoch),
    }
    dtypes = [
        torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8, torch.int64,
        torch.bool, torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2,
    ]  # fmt: skip
    big = torch.zeros(100)
    state = {"model": net.state_dict(), "optimizer": adam.state_dict(), "epoch": 3}
    values = {
        "state": net.state_dict(), "checkpoint": state, "optimizer": adam.state_dict(),
        "optimizers": {"adam": adam, "sgd": sgd},
        "schedulers": {name: item.state_dict() for name, item in schedulers.items()},
        "dtypes": [torch.zeros(3).to(kind) for kind in dtypes], "dtype": dtypes,
        "sparse": torch.eye(3).to_sparse(), "sparse_rows": torch.eye(3).to_sparse_csr(),
        "views": [big[:3], big[5:], big.view(10, 10).t()], "devices": torch.device("cpu"),
        "parameter": torch.nn.Parameter(torch.ones(2)), "size": torch.Size([1, 2]),
        "quantized": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "random": {"cpu": torch.get_rng_state(), "numpy": np.random.RandomState(0).get_state()},
        "arguments": {"args": types.SimpleNamespace(lr=0.1), "state": net.state_dict()},
        "averaged": torch.optim.swa_utils.AveragedModel(net).state_dict(),
        "scaler": torch.amp.GradScaler("cpu").state_dict(),
        "numbers": {"best": np.float64(0.5), "history": np.ones(3)},
    }  # fmt: skip
    for name, value in values.items():
        torch.save(value, out.path(f"{name}.pt"))
        torch.save(value, out.path(f"{name}.legacy.pt"), _use_new_zipfile_serialization=False)
    for protocol in (2, 3, 4, 5):
        torch.save(state, out.path(f"state.{protocol}.bin"), pickle_protocol=protocol)
    out.pickle("state", net.state_dict(), 2, 4, 5)
    torch.save(torch.zeros(3_000_000), out.path("larger.pt"))
    torch.save(torch.utils.data.TensorDataset(big, big), out.path("dataset.pt"))


def modules(out: Output) -> None:
    """Save whole every module of torch.nn that takes small numbers for arguments."""
    import torch
    from torch.nn.utils.prune import l1_unstructured

    for name in sorted(torch.nn.modules.__all__):
        module = _module(name)
        if module is None:
            out.left_out[name] = "asks for arguments that we do not give"
            continue
        torch.save(module, out.path(f"{name}.pt"))
    whole = {
        "sequential": _trained(),
        "layers": torch.nn.TransformerEncoder(
            torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2
        ),
        "weight_norm": torch.nn.utils.parametrizations.weight_norm(
            torch.nn.Linear(2, 2)
        ).state_dict(),
        "spectral": torch.nn.utils.spectral_norm(torch.nn.Linear(2, 2)),
        "normal": torch.distributions.Normal(0.0, 1.0),
        "pruned": l1_unstructured(torch.nn.Linear(2, 2), "weight", 0.5),
    }
    for name, module in whole.items():
        torch.save(module, out.path(f"{name}.whole.pt"))
    own = type("OwnNet", (torch.nn.Linear,), {"__module__": __name__})
    globals()["OwnNet"] = own
    torch.save(own(2, 2), out.path("own_class.pt", CARRIES_CODE))


def scripts(out: Output) -> None:
    """Compile, trace, freeze and export."""
    import torch

    net = _trained().eval()
    example = torch.ones(2, 4)
    scripted = torch.jit.script(net)
    scripted.save(out.path("scripted.pt"))
    torch.jit.trace(net, example).save(out.path("traced.pt"))
    torch.jit.freeze(scripted).save(out.path("frozen.pt"))
    scripted._save_for_lite_interpreter(str(out.path("mobile.ptl")))
    exported = torch.export.export(net, (example,))
    torch.export.save(exported, out.path("exported.pt2"))
    batch = torch.export.Dim("batch")
    dynamic = torch.export.export(net, (example,), dynamic_shapes={"input": {0: batch}})
    torch.export.save(dynamic, out.path("dynamic.pt2"))


def sharded(out: Output) -> None:
    """Save checkpoints of torch.distributed, whose `.metadata` is a pickle."""
    import torch
    import torch.distributed.checkpoint as dcp

    net = _trained()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "step": 5}
    dcp.save(state, checkpoint_id=str(out.path("checkpoint")), no_dist=True)
    index = {"metadata": {"total_size": 24}, "weight_map": {"w": "part-00001-of-00001.bin"}}
    import json

    out.write("pytorch_model.bin.index.json", json.dumps(index))
    torch.save({"w": torch.ones(6)}, out.path("part-00001-of-00001.bin"))


def lightning_files(out: Output) -> None:
    """Train with Lightning and keep its checkpoints, hyperparameters and logs."""
    import lightning
    import torch

    class Net(lightning.LightningModule):
        def __init__(self, width: int = 3, rate: float = 0.1) -> None:  # noqa: ARG002  # saved
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(4, width)

        def training_step(self, batch: Any) -> Any:
            return self.layer(batch[0]).sum()

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.Adam(self.parameters(), self.hparams["rate"])
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
            return {"optimizer": optimizer, "lr_scheduler": scheduler}

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 4)), 4)
    root = out.path("run")
    trainer = lightning.Trainer(
        max_epochs=2, default_root_dir=root, enable_progress_bar=False, accelerator="cpu",
        logger=lightning.pytorch.loggers.CSVLogger(root), enable_model_summary=False,
        callbacks=[lightning.pytorch.callbacks.ModelCheckpoint(root, save_last=True)],
    )  # fmt: skip
    trainer.fit(Net(), data)
    trainer.save_checkpoint(out.path("weights.ckpt"), weights_only=True)


def omegaconf_files(out: Output) -> None:
    """Write OmegaConf's configurations, as Hydra runs keep them in checkpoints."""
    import torch
    from omegaconf import OmegaConf

    settings = OmegaConf.create({"lr": 0.1, "layers": [1, 2], "name": "${lr}"})
    torch.save({"hyper_parameters": settings}, out.path("settings.ckpt", CUSTOM))
    out.write("config.yaml", OmegaConf.to_yaml(settings))


def skorch_files(out: Output) -> None:
    """Write a network of skorch, whose module is the author's."""
    import numpy as np
    import torch
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(torch.nn.Linear, module__in_features=4, module__out_features=2,
                              max_epochs=1, verbose=0)  # fmt: skip
    net.fit(np.ones((8, 4), np.float32), np.zeros(8, np.int64))
    out.pickle("skorch", net, right=CUSTOM)
    net.save_params(f_params=str(out.path("params.pt")))


def _trained() -> Any:
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 3)
    )


def _module(name: str) -> Any:
    """Return an instance of a class of torch.nn, with the fewest small arguments that it takes."""
    import torch

    kind = getattr(torch.nn, name)
    if not isinstance(kind, type) or not issubclass(kind, torch.nn.Module):
        return None
    for arguments in ((), (2,), (2, 2), (2, 2, 2), (4, 2, 2), (1, 0.0)):
        try:
            module = kind(*arguments)
            torch.save(module, io.BytesIO())
        except (TypeError, ValueError, RuntimeError, AttributeError, AssertionError):
            continue
        return module
    return None
