"""A conformance test suite that tells whether a tensor library behaves like PyTorch."""

__version__ = "0.1.0"
