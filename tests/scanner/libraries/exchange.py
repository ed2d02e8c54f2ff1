"""safetensors, GGUF, ONNX and HDF5, as their own libraries write them."""

from typing import Any

from tests.scanner.libraries.output import Output

TEMPLATES = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] | trim }}{% endfor %}",
    (
        "{% set ns = namespace(found=false) %}{{ raise_exception('no') if not messages }}"
        "{{ messages[messages | length - 1].role | replace('_', ' ') }}{{ '}' + '{' }}{# don't #}"
    ),
    (
        "{%- if tools %}{{ tools | tojson(indent=4) }}{% endif %}{{ strftime_now('%d %b %Y') }}"
        "{% for m in messages if m.role != 'system' %}{{ loop.index0 }}{{ bos_token }}{% endfor %}"
        "{% macro show(x) %}{{ x | upper }}{% endmacro %}{{ show(messages[0]['content'].strip()) }}"
    ),
)


def safetensors_files(out: Output) -> None:
    """Write a file for every header length from the shortest to one that starts anew."""
    import numpy as np
    from safetensors.numpy import save_file

    weights = {"w": np.ones((20, 4), np.float32), "b": np.zeros(3, np.float16)}
    for length in range(0, 520, 8):  # headers are padded to multiples of 8
        save_file(weights, out.path(f"header_{length:03}.safetensors"), {"note": "x" * length})
    kinds = (np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint8)
    many = {f"layer.{kind.__name__}": np.ones(3, kind) for kind in (*kinds, np.bool_)}
    save_file(many, out.path("kinds.safetensors"), {"format": "pt", "license": "mit"})
    save_file(
        {f"layers.{n}.weight": np.ones(1) for n in range(2_000)}, out.path("many.safetensors")
    )
    save_file({"empty": np.zeros((0, 3))}, out.path("empty.safetensors"))


def gguf_files(out: Output) -> None:
    """Write models with vocabularies and chat templates."""
    import gguf
    import numpy as np

    for number, template in enumerate(TEMPLATES):
        writer = gguf.GGUFWriter(out.path(f"{number}.gguf"), "llama")
        writer.add_name("model")
        writer.add_license("apache-2.0")
        writer.add_context_length(2048)
        writer.add_chat_template(template)
        writer.add_token_list([f"t{n}" for n in range(1000)])
        writer.add_token_scores([0.5] * 1000)
        writer.add_tensor("token_embd.weight", np.ones((4, 32), np.float32))
        quantized = gguf.quantize(np.ones((4, 32), np.float32), gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor("q", quantized, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def onnx_files(out: Output) -> None:
    """Write graphs with weights inside, next to them, in functions and in branches."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    weights = numpy_helper.from_array(np.ones((200, 4), np.float32), "W")
    inputs = [helper.make_tensor_value_info("x", 1, [1, 200])]
    outputs = [helper.make_tensor_value_info("y", 1, [1, 4])]
    node = helper.make_node("MatMul", ["x", "W"], ["y"])
    model = _model(helper.make_graph([node], "g", inputs, outputs, [weights]))
    onnx.save(model, out.path("inside.onnx"))
    onnx.save(
        model, out.path("outside.onnx"), save_as_external_data=True, location="outside.onnx.data",
        size_threshold=0,
    )  # fmt: skip
    own = helper.make_node("Scale", ["x", "W"], ["y"], domain="local")
    function = helper.make_function(
        "local", "Scale", ["a", "b"], ["c"], [helper.make_node("MatMul", ["a", "b"], ["c"])],
        [helper.make_opsetid("", 18)],
    )  # fmt: skip
    graph = helper.make_graph([own], "g", inputs, outputs, [weights])
    onnx.save(_model(graph, functions=[function]), out.path("function.onnx"))
    flag = helper.make_tensor("flag", onnx.TensorProto.BOOL, [], [True])
    body = helper.make_graph([helper.make_node("Identity", ["x"], ["z"])], "b", [], [
        helper.make_tensor_value_info("z", 1, [1, 200])
    ])  # fmt: skip
    branch = helper.make_node("If", ["flag"], ["y"], then_branch=body, else_branch=body)
    onnx.save(
        _model(helper.make_graph([branch], "g", inputs, outputs, [flag])), out.path("if.onnx")
    )


def hdf5_files(out: Output) -> None:
    """Write datasets, attributes, links within the file, and frames of PyTables' kind."""
    import h5py
    import numpy as np

    for version in ("earliest", "latest"):
        with h5py.File(out.path(f"{version}.h5"), "w", libver=version) as file:
            file["x"] = np.arange(100)
            file.create_dataset("c", data=np.ones((50, 50)), compression="gzip", chunks=(10, 10))
            file.create_dataset("s", data=["a", "bb"], dtype=h5py.string_dtype())
            file.create_dataset("r", data=np.zeros(2, [("a", "f4"), ("b", "i2")]))
            file.attrs["note"] = "text"
            file["soft"] = h5py.SoftLink("/x")
            file["hard"] = file["x"]
            group = file.create_group("model_weights/dense/kernel:0", track_order=True)
            group.attrs["names"] = [b"kernel", b"bias"]
            for number in range(100):
                file[f"groups/g{number}"] = number


def _model(graph: Any, **options: Any) -> Any:
    from onnx import helper

    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, producer_name="pytorch", opset_imports=opsets, **options)
