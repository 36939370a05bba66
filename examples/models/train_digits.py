"""Trains the example model and writes examples/models/digit-classifier.

Reads the handwritten digits that scikit-learn ships, so nothing is downloaded. With the versions of requirements.txt,
a second run on the same kind of processor writes the same bytes.
"""

import json
from pathlib import Path
from string import Template

import numpy as np
import onnxruntime
import sklearn
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

HERE = Path(__file__).parent
DIRECTORY = HERE / "digit-classifier"
SEED = 20250301
HELD_OUT = 0.25
HYPERPARAMETERS = {
    "hidden_layer_sizes": [48],
    "activation": "relu",
    "solver": "lbfgs",
    "alpha": 1.0,
    "max_iter": 5000,
}


def train(images, labels):
    """A scaler and a small perceptron: ONNX can say both without loss."""
    classifier = MLPClassifier(random_state=SEED, **HYPERPARAMETERS)
    return make_pipeline(MinMaxScaler(), classifier).fit(images, labels)


def export(pipeline):
    """The pipeline as ONNX bytes: input `image` (n, 64), outputs `label` (n) and `probabilities` (n, 10)."""
    model = to_onnx(
        pipeline,
        name="digit-classifier",
        initial_types=[("image", FloatTensorType([None, 64]))],
        target_opset=17,
        options={"zipmap": False},
    )
    return model.SerializeToString(deterministic=True)


def measure(labels, predicted, probabilities):
    """Metrics on the held-out images, and the most frequent mistake as (digit, taken for, times)."""
    # float32 sums to one only nearly, which log_loss takes for a mistake.
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    mistakes = confusion_matrix(labels, predicted)
    np.fill_diagonal(mistakes, 0)
    digit, taken_for = np.unravel_index(mistakes.argmax(), mistakes.shape)
    metrics = {
        "accuracy": round(float(accuracy_score(labels, predicted)), 4),
        "macro_f1": round(float(f1_score(labels, predicted, average="macro")), 4),
        "log_loss": round(float(log_loss(labels, exact, labels=range(10))), 4),
    }
    return metrics, (int(digit), int(taken_for), int(mistakes.max()))


def write(content, metrics, mistake, train_count, test_count):
    """The files that are pushed: the model, its card and what `peerage push --metadata` takes."""
    DIRECTORY.mkdir(exist_ok=True)
    (DIRECTORY / "model.onnx").write_bytes(content)
    metadata = {
        "framework": f"scikit-learn {sklearn.__version__}",
        "task": "image-classification",
        "dataset": {"name": "optdigits", "train": train_count, "test": test_count, "seed": SEED},
        "hyperparameters": HYPERPARAMETERS,
        "metrics": metrics,
    }
    (DIRECTORY / "metadata.json").write_text(json.dumps(metadata, indent=2) + "\n")
    card = Template((HERE / "digit-classifier.card.md").read_text())
    digit, taken_for, times = mistake
    values = dict(metrics, digit=digit, taken_for=taken_for, times=times, train=train_count, test=test_count)
    (DIRECTORY / "README.md").write_text(card.substitute(values))


def main():
    digits = load_digits()
    images = digits.data.astype(np.float32)
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, digits.target, test_size=HELD_OUT, random_state=SEED, stratify=digits.target
    )
    pipeline = train(train_images, train_labels)
    content = export(pipeline)

    # What is measured is the exported model, because that is what is served.
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    predicted, probabilities = session.run(None, {"image": test_images})
    agreement = float(np.mean(predicted == pipeline.predict(test_images)))
    if agreement < 1:
        raise SystemExit(f"the exported model agrees with the trained one on {agreement:.2%} of the images only")

    metrics, mistake = measure(test_labels, predicted, probabilities)
    write(content, metrics, mistake, len(train_labels), len(test_labels))
    print(json.dumps(metrics), mistake, f"{len(content)} bytes")


if __name__ == "__main__":
    main()
