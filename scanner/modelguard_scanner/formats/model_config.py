"""What the configurations next to a model tell about it: facts, no findings."""

from collections.abc import Iterator, Mapping
from typing import Final

from modelguard_scanner.facts import FactsBuilder

LIBRARIES: Final = (
    ("transformers_version", "transformers"),
    ("keras_version", "keras"),
    ("_diffusers_version", "diffusers"),
    ("peft_version", "peft"),
)
TASKS: Final = (
    ("ForCausalLM", "text-generation"),
    ("LMHeadModel", "text-generation"),
    ("ForMaskedLM", "fill-mask"),
    ("ForSequenceClassification", "text-classification"),
    ("ForTokenClassification", "token-classification"),
    ("ForQuestionAnswering", "question-answering"),
    ("ForImageClassification", "image-classification"),
    ("ForObjectDetection", "object-detection"),
    ("ForSemanticSegmentation", "image-segmentation"),
    ("ForSpeechSeq2Seq", "automatic-speech-recognition"),
    ("ForCTC", "automatic-speech-recognition"),
    ("ForAudioClassification", "audio-classification"),
)
"""What a transformers class does, by the end of its name."""
PEFT_TASKS: Final = {
    "CAUSAL_LM": "text-generation",
    "SEQ_CLS": "text-classification",
    "SEQ_2_SEQ_LM": "text2text-generation",
    "TOKEN_CLS": "token-classification",
    "QUESTION_ANS": "question-answering",
    "FEATURE_EXTRACTION": "feature-extraction",
}


def note_config(facts: FactsBuilder, root: Mapping[str, object]) -> None:
    """Take facts from a `config.json`, `adapter_config.json` or `model_index.json`."""
    for key, library in LIBRARIES:
        for version in texts(root.get(key)):
            facts.add_version(library, version)
    for license_id in texts(root.get("license")):
        facts.add_license(license_id)
    for kind in texts(root.get("model_type")):
        facts.add_note(f"model type {kind}")
    if "_diffusers_version" in root:
        for name in texts(root.get("_class_name")):
            facts.add_architecture(name)
    for name in texts(root.get("architectures")):
        facts.add_architecture(name)
        facts.add_task(next((task for ending, task in TASKS if name.endswith(ending)), ""))
    _note_adapter(facts, root)


def _note_adapter(facts: FactsBuilder, root: Mapping[str, object]) -> None:
    if "peft_type" not in root:
        return
    for name in texts(root.get("base_model_name_or_path")):
        facts.add_base_model(name)
    for task in texts(root.get("task_type")):
        facts.add_task(PEFT_TASKS.get(task, ""))


def texts(value: object) -> Iterator[str]:
    """Yield a string, or the strings of a list."""
    items = value if isinstance(value, list) else [value]
    yield from (item for item in items if isinstance(item, str))
