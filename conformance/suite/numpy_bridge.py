"""The tensor and NumPy: out, and back."""

from conformance.catalogue import clause


@clause("numpy-bridge.to-array", "to-array", on="cpu")
def to_array():
    """`numpy()` gives a numpy.ndarray with the tensor's shape, dtype and values."""


@clause("numpy-bridge.from-array", "from-array", on="cpu", requires=("numpy-bridge.to-array",))
def from_array():
    """`from_numpy` of an array that NumPy computed gives a tensor with its shape, dtype and values."""
