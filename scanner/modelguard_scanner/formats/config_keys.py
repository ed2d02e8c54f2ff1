# ruff: noqa: SIM905  # a table of words is read most easily as text
"""The names in configurations that make a loader import, call or fetch something.

Sources: the loading code of transformers, sentence-transformers, diffusers, PEFT, mlx-lm,
ModelScope, Hydra, OmegaConf, jsonargparse, torchtune, MONAI, HyperPyYAML, pyannote, MLflow,
GluonTS, jsonpickle, skops, zarr, Keras, LangChain, Haystack, AutoGen, TorchServe, fairseq,
MMEngine and the logging module.
"""

from typing import Final

CODE: Final = frozenset(
    """
    auto_map custom_pipelines custom_pipeline custom_generate custom_imports trust_remote_code
    allow_remote user_dir custom_ops_library user_script model_script global_imports
    model_code_path pymodule_file script_method_code modelscope_plugins custom_code_path
    tool_parser_plugin reasoning_parser_plugin
    """.split()
)
"""Their mere presence, with a value, makes a loader run code that comes with the model."""
IMPORTS: Final = frozenset(
    """
    _target_ _component_ class_path () loader_module megatron_core parent_library network_module
    keras_module import_path worker_cls worker_extension_cls pickle_module py/object py/type
    py/class py/function py/repr py/mod py/error py/method py/ref
    """.split()
)
"""What they name is imported."""
MODULES: Final = frozenset(
    {"loader_module", "megatron_core", "parent_library", "network_module", "keras_module"}
)
"""Those of them that name a module, not something in it."""
DOTTED_IMPORTS: Final = frozenset(
    """
    activation_function activation_fn sbert_ce_default_activation_function tokenizer_class
    loss_fn_class similarity_class_path
    """.split()
)
"""What they name is imported if it has a module; a plain word is a name of the loader's own."""
ATTENTION: Final = frozenset(
    """
    _attn_implementation _attn_implementation_internal attn_implementation
    attn_implementation_internal _experts_implementation _experts_implementation_internal
    experts_implementation kernel_config hub_kernels kernels kernel_mapping
    """.split()
)
"""A repository's name in them is downloaded and imported."""
STRUCTURES: Final = frozenset(
    """
    _class_name _blocks_class_name peft_type auto_mapping flavors __loader__ __kind__ zarr_format
    filters compressor codecs class_name registered_name keras_version chat_template
    chat_templates template prompt_template system_prompt plugins entry_points lc component_type
    init_parameters serializedFile modelFile handler :serialized: cells nbformat license
    architectures model_type transformers_version base_model_name_or_path types model_file
    python_model skops_trusted_types source_code _diffusers_version layer_class vocabulary
    """.split()
)
"""They say which loader reads the object, or hold what is read in a way of its own."""
STRONG: Final = CODE | IMPORTS | DOTTED_IMPORTS | ATTENTION | STRUCTURES
"""Names that matter wherever they stand."""
WEAK: Final = frozenset(
    """
    target type name class cls module function func fn callable factory handler provider component
    class_ klass method object loader plugin entrypoint entry_point constructor impl processor
    """.split()
)
"""Names that matter with the name of a class or function of some module."""
WHOLE: Final = (CODE | IMPORTS | ATTENTION) | frozenset(
    """
    auto_mapping plugins skops_trusted_types filters compressor codecs
    chat_template chat_templates types config flavors id py/reduce entry_points
    """.split()
)
"""Names whose values are kept to the last item."""
NUMBERS: Final = ("trust_remote_code", "allow_remote")
"""Names of switches, that matter with a number, too; others are words of a vocabulary then."""
TEMPLATES: Final = frozenset({"chat_template", "chat_templates", "template", "prompt_template"})

PACKAGES: Final = frozenset(
    """
    torch torchvision torchaudio torchmetrics transformers diffusers sentence_transformers peft timm
    monai lightning pytorch_lightning lightning_fabric nemo ldm sgm cldm taming ignite sklearn
    xgboost lightgbm catboost gluonts datasets tokenizers accelerate keras mlflow pyannote
    speechbrain torchtune trl detectron2 mmengine mmcv mmdet mmseg mmpretrain fairseq fairseq2
    espnet2 allennlp flair spacy thinc haystack haystack_integrations llama_index torch_geometric
    dgl flax optax stable_baselines3 gymnasium kornia albumentations segmentation_models_pytorch
    open_clip audiocraft TTS ultralytics onnxruntime optimum bitsandbytes deepspeed einops
    schedulefree omegaconf axolotl megatron torchrl skorch autogen_core autogen_agentchat
    autogen_ext litgpt mlx_lm numpy pandas scipy tf tensorflow
    """.split()
)
"""Packages whose classes a configuration may name; what they do is their library's own."""
FUNCTION_MODULES: Final = frozenset(
    {"torch", "torch.nn.functional", "torch.nn.init", "numpy", "mlflow", "megatron"}
)
"""Modules whose functions compute, and whose submodules may be named as a whole."""
COMPONENT_LIBRARIES: Final = frozenset(
    """
    diffusers transformers onnxruntime optimum peft torch torchvision
    ace_step allegro amused animatediff anyflow audioldm audioldm2 aura_flow blip_diffusion bria
    chroma chronoedit cogvideo cogview3 cogview4 consisid consistency_models controlnet
    controlnet_hunyuandit controlnet_sd3 controlnet_xs cosmos ddim ddpm deepfloyd_if deprecated dit
    dreamlite easyanimate flux flux2 free_noise hidream_image hunyuan_image hunyuan_video
    hunyuandit i2vgen_xl kandinsky kandinsky2_2 kandinsky3 kandinsky5 kolors
    latent_consistency_models latent_diffusion latte ledits_pp longcat_image ltx ltx2 lucy lumina
    lumina2 marigold mochi musicldm omnigen ovis_image pag paint_by_example pia pixart_alpha prx
    qwenimage sana sana_video semantic_stable_diffusion shap_e skyreels_v2 stable_audio
    stable_cascade stable_diffusion stable_diffusion_3 stable_diffusion_attend_and_excite
    stable_diffusion_diffedit stable_diffusion_gligen stable_diffusion_k_diffusion
    stable_diffusion_ldm3d stable_diffusion_panorama stable_diffusion_safe stable_diffusion_sag
    stable_diffusion_xl stable_video_diffusion t2i_adapter text_to_video_synthesis unclip
    unidiffuser visualcloze wan wuerstchen z_image
    """.split()
)
"""Libraries that a diffusers pipeline takes components from, and its own pipelines' modules."""
ZARR_CODECS: Final = frozenset(
    """
    blosc zlib gzip bz2 lzma zstd lz4 delta fixedscaleoffset quantize packbits categorize astype
    shuffle vlen-utf8 vlen-bytes vlen-array json2 msgpack2 crc32 crc32c adler32 fletcher32
    jenkins_lookup3 bitround bytes transpose sharding_indexed endian zfpy pcodec
    """.split()
)
"""Codecs and filters that compute, and run nothing that is in the data."""
SERVE_HANDLERS: Final = frozenset(
    """
    image_classifier image_segmenter object_detector text_classifier
    """.split()
)
"""Handlers that TorchServe brings along."""
