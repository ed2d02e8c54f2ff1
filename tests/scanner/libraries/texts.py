"""What stands next to models: tables, word lists, documentation, logs, notebooks, settings."""

import csv
import io
import json
import logging
import random
import string
from collections.abc import Iterable

from tests.scanner.libraries.output import Output

MEASURES = ("cos", "cmath", "csite", "class", "count", "cos\nsin", "c", "csys", "cast", "code")
"""Words that start like an import of pickle's first protocol."""


def tables(out: Output) -> None:
    """Write tables, among them those whose lines look like opcodes."""
    for first in string.ascii_letters + string.digits + "(.]})#%&":
        out.write(f"letter_{ord(first)}.csv", _table([f"{first}x", "value"], 30))
        out.write(f"only_{ord(first)}.txt", f"{first}\n" * 20)
    for number, word in enumerate(MEASURES):
        out.write(f"measure_{number}.csv", _table([word, "value"], 40))
        out.write(f"measure_{number}.txt", f"{word}\nvalue\n" * 20)
    out.write("semicolons.csv", "name;value\nä;1,5\n".encode("latin-1") * 10)
    out.write("bom.csv", "name,value\nä,1\n".encode("utf-8-sig"))
    out.write("wide.tsv", "\t".join(f"c{n}" for n in range(500)) + "\n")
    out.write("utf16.txt", "It was a dark night.\n".encode("utf-16"))
    out.write("numbers.csv", "\n".join(f"{n},{n * 0.1:.3f}" for n in range(5_000)))
    out.write("train.jsonl", "".join(json.dumps({"text": f"line {n}"}) + "\n" for n in range(200)))
    out.write("libsvm.txt", "1 1:0.5 3:0.2\n-1 2:1\n" * 50)
    out.write("labels.arff", "@relation r\n@attribute a numeric\n@data\n1\n2\n")


def words(out: Output) -> None:
    """Write word lists, vocabularies and merges as tokenizers keep them."""
    common = "a about all and cat cos data system import os exec eval run class builtins posix"
    out.write("words.txt", "\n".join(sorted(common.split())) + "\n")
    out.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n" + "\n".join(f"##{n}" for n in range(500)))
    out.write("merges.txt", "#version: 0.2\nĠ t\nĠ a\nh e\ni n\n")
    out.write("vocab.json", json.dumps({f"Ġw{n}": n for n in range(2_000)}))
    out.write("labels.txt", "cat\ndog\ncar\ncosine\n" * 3)
    out.write("glove.txt", "".join(f"{word} 0.1 -0.2 0.3\n" for word in common.split()))
    out.write("stopwords.csv", "word\n" + "\n".join(common.split()))
    special = {"additional_special_tokens": ["<|im_start|>", "<|im_end|>"], "pad_token": "<pad>"}
    out.write("special_tokens_map.json", json.dumps(special))


def documents(out: Output) -> None:
    """Write model cards, licences, logs, notebooks and settings."""
    card = (
        "---\nlicense: apache-2.0\nlanguage:\n- en\nbase_model: bert-base-uncased\n---\n# Model\n"
    )
    use = "```python\nimport os\nmodel = torch.load('m.pt')\nos.system('nvidia-smi')\n```\n"
    notes = "Never load a pickle: `cos\\nsystem\\n(S'id'\\ntR.` runs a command; so does eval().\n"
    out.write("README.md", card + use)
    out.write("security_notes.md", "# Security\n\n" + notes)
    out.write(
        "template.md", "Prompt: {{ user }} and {% if x %}yes{% endif %}, `{{ cookiecutter }}`\n"
    )
    out.write("LICENSE", "MIT License\n\nPermission is hereby granted, free of charge\n" * 3)
    out.write("requirements.txt", "numpy>=2\ntorch==2.4.0\nscikit-learn\n")
    out.write("environment.yml", "name: m\nchannels: [conda-forge]\ndependencies:\n- python=3.11\n")
    out.write("train.yaml", "lr: 0.1\nsteps: [1, 2]\nmodel:\n  name: bert\n  dropout: 0.1\n")
    out.write("pyproject.toml", '[project]\nname = "m"\nversion = "1"\n')
    out.write("train.log", _log())
    out.write("notebook.ipynb", json.dumps(_notebook(), indent=1))
    out.write("results.json", json.dumps({"accuracy": 0.91, "loss": [0.5, 0.4], "n": None}))
    out.write("index.html", "<!doctype html><title>x</title><p>hello</p>\n")
    out.write("figure.svg", '<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>\n')


def large(out: Output) -> None:
    """Write texts as large as those of current models: 35 MB of tokenizer, 40 MB of table."""
    vocabulary = {f"▁token{n:06}": n for n in range(500_000)}
    merges = [[f"to{n:05}", f"ken{n:05}"] for n in range(500_000)]
    model = {"type": "BPE", "vocab": vocabulary, "merges": merges}
    tokenizer = {"version": "1.0", "added_tokens": [], "model": model}
    out.write("tokenizer.json", json.dumps(tokenizer, indent=1, ensure_ascii=False))
    generator = random.Random(0)
    rows = ([f"c{n}", f"{generator.random()}", "text"] for n in range(1_000_000))
    out.write("table.csv", _csv(rows))
    out.write("words.txt", "\n".join(f"c{n:07}" for n in range(2_000_000)))
    out.write("train.jsonl", (json.dumps({"text": "word " * 100}) + "\n") * 60_000)


def _table(columns: list[str], count: int) -> str:
    return _csv([columns, *([f"{columns[0]}{n}", f"{n}"] for n in range(count))])


def _csv(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _log() -> str:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("trainer")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    for step in range(200):
        logger.info("step %d loss %.3f {'lr': %g}", step, 1 / (step + 1), 1e-4)
    return text.getvalue()


def _notebook() -> dict[str, object]:
    code = {
        "cell_type": "code", "execution_count": 1, "metadata": {},
        "source": ["import os\n", "os.system('ls')\n", "exec('1')"],
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["a\n"]}],
    }  # fmt: skip
    prose = {"cell_type": "markdown", "metadata": {}, "source": ["# {{ title }}\n"]}
    return {"cells": [prose, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
