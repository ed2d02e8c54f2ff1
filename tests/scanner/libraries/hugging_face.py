"""transformers, sentence-transformers, PEFT and diffusers: the folders that they save."""

import json
from typing import Any

from tests.scanner.libraries.output import Output

TEXTS = ("a small text", "another one of them", "the last text")


def transformers_files(out: Output) -> None:
    """Save small models of several architectures, with and without safetensors."""
    import torch
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        GPT2Config,
        GPT2LMHeadModel,
        LlamaConfig,
        LlamaForCausalLM,
        T5Config,
        T5ForConditionalGeneration,
        ViTConfig,
        ViTForImageClassification,
    )

    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    models = {
        "bert": BertForSequenceClassification(
            BertConfig(vocab_size=50, intermediate_size=16, **small)
        ),
        "gpt2": GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2)),
        "llama": LlamaForCausalLM(LlamaConfig(vocab_size=50, intermediate_size=16, **small)),
        "t5": T5ForConditionalGeneration(
            T5Config(vocab_size=50, d_model=16, d_ff=16, d_kv=8, num_layers=1, num_heads=2)
        ),
        "vit": ViTForImageClassification(
            ViTConfig(image_size=16, patch_size=8, intermediate_size=16, **small)
        ),
    }
    for name, model in models.items():
        model.save_pretrained(out.path(name))
        torch.save(model.state_dict(), out.path(f"{name}/pytorch_model.bin"))
        torch.save(model, out.path(f"{name}.whole.pt"))
    models["gpt2"].save_pretrained(out.path("shards"), max_shard_size="5KB")
    _tokenizer().save_pretrained(out.path("tokenizer"))


def trainer_files(out: Output) -> None:
    """Train two steps with the Trainer and keep all of its checkpoint."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16,
    )  # fmt: skip
    rows = [{"input_ids": torch.ones(4, dtype=torch.long), "labels": torch.tensor(1)}] * 8
    root = out.path("run")
    arguments = TrainingArguments(
        str(root), max_steps=2, save_steps=1, per_device_train_batch_size=4, use_cpu=True,
        report_to=[], disable_tqdm=True, logging_steps=1,
    )  # fmt: skip
    trainer = Trainer(
        BertForSequenceClassification(config), arguments, train_dataset=rows,
        processing_class=_tokenizer(),
    )  # fmt: skip
    trainer.train()
    trainer.save_model(str(root / "final"))


def accelerate_files(out: Output) -> None:
    """Save the state of accelerate, with its own names for the random states."""
    import torch
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    net = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(net.parameters())
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    prepared = accelerator.prepare(net, optimizer, scheduler)
    accelerator.save_state(str(out.path("state")))
    accelerator.save_state(str(out.path("pickled")), safe_serialization=False)
    accelerator.save_model(prepared[0], str(out.path("model")))


def sentence_files(out: Output) -> None:
    """Save a sentence-transformers model with pooling, dense layer and normalization."""
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16,
    )  # fmt: skip
    base = out.folder / "base"
    BertModel(config).save_pretrained(base)
    _tokenizer().save_pretrained(base)
    words = models.Transformer(str(base))
    modules = [words, models.Pooling(16), models.Dense(16, 8), models.Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(out.path("model")))


def peft_files(out: Output) -> None:
    """Save adapters of PEFT, in both formats."""
    from peft import IA3Config, LoraConfig, get_peft_model
    from transformers import GPT2Config, GPT2LMHeadModel

    for name, config in {
        "lora": LoraConfig(r=2, target_modules=["c_attn"], task_type="CAUSAL_LM"),
        "ia3": IA3Config(target_modules=["c_attn"], feedforward_modules=[]),
    }.items():
        base = GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2))
        model = get_peft_model(base, config)
        model.save_pretrained(str(out.path(name)))
        model.save_pretrained(str(out.path(f"{name}_bin")), safe_serialization=False)


def diffusers_files(out: Output) -> None:
    """Save a pipeline of diffusers."""
    from diffusers import DDIMScheduler, DDPMPipeline, UNet2DModel

    net = UNet2DModel(
        sample_size=8, block_out_channels=(8, 8), norm_num_groups=4, layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    pipeline = DDPMPipeline(unet=net, scheduler=DDIMScheduler())
    pipeline.save_pretrained(out.path("ddpm"))
    pipeline.save_pretrained(out.path("ddpm_bin"), safe_serialization=False)


def layouts(out: Output) -> None:
    """Write the small files of hub repositories by their documented form."""
    files: dict[str, Any] = {
        "generation_config.json": {"temperature": 0.7, "top_p": 0.9, "eos_token_id": [1, 2]},
        "preprocessor_config.json": {"image_processor_type": "CLIPImageProcessor", "size": 224},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "model_index.json": {
            "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0",
            "unet": ["diffusers", "UNet2DConditionModel"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "safety_checker": [None, None],
        },
        "adapter_config.json": {
            "peft_type": "LORA", "r": 8, "base_model_name_or_path": "org/base",
            "auto_mapping": None, "target_modules": ["q_proj", "v_proj"],
        },
        "tokenizer_config.json": {
            "tokenizer_class": "LlamaTokenizer", "model_max_length": 4096, "bos_token": "<s>",
            "chat_template": "{% for m in messages %}{{ m['content'] }}{% endfor %}",
        },
        "config.json": {
            "architectures": ["MistralForCausalLM"], "model_type": "mistral",
            "torch_dtype": "bfloat16", "rope_scaling": None, "transformers_version": "4.44.0",
        },
    }  # fmt: skip
    for name, content in files.items():
        out.write(name, json.dumps(content, indent=2))


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        TEXTS, trainers.WordPieceTrainer(vocab_size=50, special_tokens=special, show_progress=False)
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip
