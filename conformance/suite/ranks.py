"""Tensors by rank: how they are made, their shapes, the number inside."""

from conformance.catalogue import clause


@clause("ranks.zero-dim", "zero-dim")
def zero_dim():
    """A tensor made from one Python number holds that number, has rank 0 and the shape []."""


@clause("ranks.one-element-is-a-vector", "one-element")
def one_element_is_a_vector():
    """A tensor made from a list of one number has one dimension of size 1: it is no scalar."""


@clause("ranks.zero-dim-sum", "zero-dim-sum", requires=("ranks.zero-dim",))
def zero_dim_sum():
    """The sum of two 0-d tensors is a 0-d tensor."""


@clause("ranks.item", "item", requires=("ranks.zero-dim",))
def item():
    """`item()` gives the Python number that a 0-d tensor holds; of an integer tensor, an int."""


@clause("ranks.float-vector", "float-vector")
def float_vector():
    """A tensor made from a list of Python floats is a vector of floats with one dimension."""


@clause("ranks.empty-vector", place="1 prose", level="general", returns=("tensor([])", "torch.Size([0])"),
        source="torch.tensor: data may be a list, which may be empty; without a dtype, the default float dtype")
def empty_vector(torch, *, device):
    """A tensor made from an empty list is a vector of floats without an element, of shape [0]."""
    vector = torch.tensor([], device=device)
    return vector, vector.shape


@clause("ranks.float-tensor-constructor", "float-tensor", on="cpu")
def float_tensor_constructor():
    """`FloatTensor` makes a float32 tensor from a list of ints."""


@clause("ranks.long-tensor-constructor", "long-tensor", on="cpu")
def long_tensor_constructor():
    """`LongTensor` makes an int64 tensor from a list of ints."""


@clause("ranks.legacy-tensor-is-float", "legacy-tensor", "legacy-tensor-again", "legacy-tensor-shape", on="cpu")
def legacy_tensor_is_float():
    """`Tensor` called with nested lists of ints makes a float32 tensor with storage of its own."""


@clause("ranks.matrix", "matrix")
def matrix():
    """A tensor made from a list of lists of ints is an integer matrix, rows first."""


@clause("ranks.nested-list", "nested-list")
def nested_list():
    """A list of lists that a name is bound to makes the same tensor as one written in place."""


@clause("ranks.three-dims", "three-dims")
def three_dims():
    """Lists nested three deep make a tensor of three dimensions, the outermost first."""


@clause("ranks.rand", "rand")
def rand():
    """`rand` of a size gives a float tensor of that shape with varied values from 0 up to, not including, 1."""


@clause("ranks.rand-repeats-with-the-seed", "rand-with-a-seed", requires=("ranks.rand",))
def rand_repeats_with_the_seed():
    """The same seed gives the same random numbers again, and one call after another gives others."""
