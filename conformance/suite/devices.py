"""Devices: moving a tensor, what it says of its device, what happens when devices are mixed."""

from conformance.catalogue import clause


@clause("devices.new-tensor-is-not-cuda", "new-tensor-is-not-cuda", on="cpu")
def new_tensor_is_not_cuda():
    """A tensor made on the CPU says that it is not on CUDA."""


@clause("devices.flag-follows-moves", "cuda-flags", "device-types", on="accelerator")
def flag_follows_moves():
    """Moved to the accelerator a tensor says that it is there, and moved back that it is not."""


@clause("devices.values-survive-the-way", "values-survive-the-way", on="accelerator")
def values_survive_the_way():
    """A tensor has the same values, shape and dtype on the accelerator and after the way back."""


@clause("devices.cpu-leaves-the-original", "cpu-leaves-the-original", on="accelerator")
def cpu_leaves_the_original():
    """`cpu()` gives a copy on the CPU and leaves the original where it was."""


@clause("devices.product-on-the-device", "product-on-the-device", on="accelerator")
def product_on_the_device():
    """An accelerator multiplies matrices: the product lies there and is right."""


@clause("devices.product-after-moving", "matmul-after-moving", on="accelerator")
def product_after_moving():
    """A tensor that was copied to the CPU is multiplied with one there, and the product lies there."""


@clause("devices.mixed-product-is-refused", "mixed-matmul", on="accelerator", requires=("devices.product-after-moving",))
def mixed_product_is_refused():
    """The product of a tensor on the accelerator and one on the CPU is refused with a RuntimeError."""


@clause("devices.refusal-names-both", "mixed-matmul", on="accelerator", level="wording", reads="wording",
        requires=("devices.mixed-product-is-refused",))
def refusal_names_both():
    """The refusal of a product over two devices names both of them."""
