"""Keras 3 and, where TensorFlow is there, Keras 2's formats and SavedModel."""

from typing import Any

from tests.scanner.libraries.output import CARRIES_CODE, Output


def keras_3(out: Output) -> None:
    """Save models of several shapes in the archive, in HDF5 and as weights."""
    import keras

    layers = keras.layers
    image = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(2, 3, activation="relu", kernel_regularizer="l2")(image)
    hidden = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(hidden))
    words = keras.Input((4,))
    embedded = layers.Bidirectional(layers.LSTM(3))(layers.Embedding(20, 4)(words))
    models = {
        "dense": keras.Sequential([keras.Input((4,)), layers.Dense(3, "relu"), layers.Dense(1)]),
        "convolution": keras.Model(image, layers.Dense(2, "softmax")(layers.Dropout(0.1)(hidden))),
        "words": keras.Model(words, layers.Dense(1, "sigmoid")(embedded)),
        "attention": keras.Model(
            words, layers.MultiHeadAttention(2, 2)(*[layers.Embedding(20, 4)(words)] * 2)
        ),
    }
    for name, model in models.items():
        model.compile("adam", "mse", metrics=["mae"])
        model.save(out.path(f"{name}.keras"))
        model.save(out.path(f"{name}.h5"))
        model.save_weights(out.path(f"{name}.weights.h5"))
        out.write(f"{name}.json", model.to_json())
    code = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: x * 2)])
    code.save(out.path("lambda.keras", CARRIES_CODE))


def keras_large(out: Output) -> None:
    """Save a model of more than 256 MiB."""
    import keras

    model = keras.Sequential([keras.Input((8_500,)), keras.layers.Dense(8_500)])
    model.save(out.path("wide.keras"))
    model.save_weights(out.path("wide.weights.h5"))


def keras_2(out: Output) -> None:
    """Save with the last of Keras 2, which still writes SavedModel folders."""
    import tf_keras as keras

    layers = keras.layers
    model = keras.Sequential([layers.Dense(3, "relu", input_shape=(4,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    model.save(out.path("model.keras"))
    model.save(out.path("model.h5"))
    model.save(out.path("folder"), save_format="tf")
    model.save_weights(out.path("model.weights.h5"))
    out.write("model.json", model.to_json())


def tensorflow_files(out: Output) -> None:
    """Save with TensorFlow: SavedModel, checkpoints, TFLite."""
    import tensorflow as tf

    class Module(tf.Module):
        def __init__(self) -> None:
            self.weight = tf.Variable([[1.0, 2.0]])

        @tf.function(input_signature=[tf.TensorSpec([None, 1])])
        def __call__(self, x: Any) -> Any:
            return tf.nn.relu(x @ self.weight)

    module = Module()
    tf.saved_model.save(module, str(out.path("saved_model")))
    tf.train.Checkpoint(module=module).save(str(out.path("checkpoint/ckpt")))
    converter = tf.lite.TFLiteConverter.from_saved_model(str(out.folder / "saved_model"))
    out.write("model.tflite", converter.convert())
