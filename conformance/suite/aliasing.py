"""Views and copies: who sees a write."""

from conformance.catalogue import clause
from conformance.strategies import reach
from conformance.strategies.tables import aliasing, programs, sharing


@clause("aliasing.view-keeps-order", "view")
def view_keeps_order():
    """`view` gives another shape with the elements in the same order."""


@clause("aliasing.base-write-seen-in-view", "view-then-write", requires=("aliasing.view-keeps-order",))
def base_write_seen_in_view():
    """A write to the base is seen in its view."""


@clause("aliasing.clone-keeps-its-values", "clone-then-write", requires=("aliasing.view-keeps-order",))
def clone_keeps_its_values():
    """A write to the base is not seen in a clone that was taken before."""


@clause("aliasing.reshape-shows-earlier-writes", "write-then-reshape")
def reshape_shows_earlier_writes():
    """`reshape` after a write shows the written value."""


@clause("aliasing.view-chains", level="general", reaches=(*reach.LAYOUTS, *reach.SHAPES, *reach.SIZES_TO_1024, *reach.VALUES),
        place="5 In [17]", table=aliasing.view_chains, strides=True,
        source="Tensor Views: a view shares its base's data, seen through its own shape and strides")
def view_chains(torch, base, x, view, other, third, fourth, fifth, sixth, *, device):
    """A chain of view operations shows the base's elements with the shape and strides that its steps give."""
    return view, other, third, fourth, fifth, sixth, x


@clause("aliasing.base-writes-reach-views", level="general", place="5 In [17]", table=aliasing.base_writes,
        requires=("aliasing.view-chains", "aliasing.base-write-seen-in-view"),
        source="Tensor Views: editing the base tensor is reflected in the view")
def base_writes_reach_views(torch, base, x, view, other, third, fourth, index, number, way, *, device):
    """A write to the base, to one element or several, is seen in every view that shows it, and in no other element."""
    before = view.clone()
    if way == "assign":
        x[index] = number
    elif way == "fill_":
        x[index].fill_(number)
    elif way == ".data":
        x.data[index] = number
    elif way == "detach":
        x.detach()[index] = number
    elif way == "augmented":
        x[index] += True
    else:
        torch.add(x[index], other=True, out=x[index])
    return before, view, other, third, fourth, x, base


@clause("aliasing.view-writes-reach-the-base", level="general", place="5 In [17]", table=aliasing.view_writes,
        requires=("aliasing.view-chains",), source="Tensor Views: editing the view is reflected in the base tensor")
def view_writes_reach_the_base(torch, base, x, view, other, number, way, *, device):
    """A write through a view is seen in the base and in its other views, where the view shows it and nowhere else."""
    if way == "assign":
        view[...] = number
    elif way == "fill_":
        view.fill_(number)
    elif way == ".data":
        view.data[...] = number
    elif way == "detach":
        view.detach()[...] = number
    elif way == "augmented":
        view += True
    else:
        torch.add(view, other=True, out=view)
    return base, x, view, other


@clause("aliasing.tensor-writes-through-views", level="general", place="5 In [17]", table=aliasing.tensor_writes,
        requires=("aliasing.view-writes-reach-the-base",),
        source="Tensor Views: in-place operations on a view change its base; Tensor.copy_, torch.add: out")
def tensor_writes_through_views(torch, base, x, view, source, way, *, device):
    """A tensor that is assigned, copied, added in place or given by `out=` through a view reaches each element that the view shows."""
    if way == "assign":
        view[...] = source
    elif way == "copy_":
        view.copy_(source)
    elif way == "add_":
        view.add_(source)
    elif way == "imul":
        view *= source
    elif way == "isub":
        view -= source
    elif way == "iadd number":
        view += True
    elif way == "copy_ flagged":
        blocks = False
        view.copy_(source, blocks)
    elif way == "mul_ number":
        view.mul_(other=True)
    elif way == "out of itself":
        torch.add(view, source, out=view)
    else:
        torch.mul(source, source, out=view)
    return base, x, view


@clause("aliasing.operands-in-one-memory", level="general", place="5 In [17]", table=sharing.writes,
        requires=("aliasing.tensor-writes-through-views",),
        source="Tensor Views: a view shares its base's data; Tensor.copy_, add_, torch.add: out, each of them element by element")
def operands_in_one_memory(torch, base, x, view, source, way, *, device):
    """What is written from one view to another of the same memory is right wherever both begin and however they overlap, if no element is read after it is written."""
    before = source.clone()
    if way == "assign":
        view[...] = source
    elif way == "copy_":
        view.copy_(source)
    elif way == "add_":
        view.add_(source)
    elif way == "augmented":
        view += source
    elif way == "augmented product":
        view *= source
    elif way == "out":
        torch.add(view, source, out=view)
    else:
        torch.mul(source, source, out=view)
    return before, view, source, x, base


@clause("aliasing.writes-alternate", level="general", place="5 In [17]", table=aliasing.alternating_writes,
        requires=("aliasing.base-writes-reach-views", "aliasing.view-writes-reach-the-base"),
        source="Tensor Views: view and base share the same data, whichever is edited, and however often")
def writes_alternate(torch, base, x, view, other, index, numbers, *, device):
    """Base and views agree after every one of several writes through any of them, and copies keep what they were taken from."""
    x[index] = numbers[0]
    first = view.clone()
    view[...] = numbers[1]
    second = other.clone()
    x[index] = numbers[2]
    third = view.clone()
    other[...] = numbers[3]
    fourth = view.clone()
    view[...] = numbers[0]
    x[index] = numbers[1]
    return first, second, third, fourth, view, other, x, base


@clause("aliasing.views-between-writes", level="general", place="5 In [17]", table=aliasing.views_between_writes,
        requires=("aliasing.base-writes-reach-views",),
        source="Tensor Views: a view shares its base's data, whether it is made before a write or after it")
def views_between_writes(torch, base, x, steps, index, numbers, *, device):
    """A view made before a write and one made after it show the same elements, and see all later writes."""
    early = x
    for name, args in steps:
        early = early[args[0]] if name == "index" else getattr(early, name)(*args)
    x[index] = numbers[0]
    late = x
    for name, args in steps:
        late = late[args[0]] if name == "index" else getattr(late, name)(*args)
    seen = early.clone()
    late[...] = numbers[1]
    middle = early.clone()
    x[index] = numbers[2]
    return seen, middle, early, late, x, base


@clause("aliasing.views-outlive-their-base", level="general", place="5 In [17]", table=aliasing.outliving,
        requires=("aliasing.view-chains",),
        source="Tensor Views: a view shares the same underlying data with its base tensor, which is there as long as the view is")
def views_outlive_their_base(torch, base, x, steps, *, device):
    """A view shows its elements also after the tensor that it was made of is gone and other tensors were made."""
    made = x.clone()
    view = made
    for name, args in steps:
        view = view[args[0]] if name == "index" else getattr(view, name)(*args)
    rows = list(x.clone()[:3]) if x.dim() else []
    del made
    others = [torch.ones(x.shape, dtype=x.dtype, device=device) for _ in range(4)]
    return view.clone(), view, rows, others[-1]


@clause("aliasing.copies-stand-alone", level="general", place="5 In [17]", table=aliasing.copies,
        requires=("aliasing.clone-keeps-its-values",),
        source="torch.clone: a copy of input; every other operation that is no view op gives a new tensor")
def copies_stand_alone(torch, base, x, view, way, number, *, device):
    """A clone, a sum, a cast or a joined tensor sees no later write to its operand, and no write to it reaches its operand."""
    if way == "clone":
        made = view.clone()
    elif way == "torch.clone":
        made = torch.clone(view, memory_format=torch.contiguous_format)
    elif way == "sum":
        made = view + view
    elif way == "number":
        made = view + False
    elif way == "factor":
        made = view * True
    elif way == "to, by position":
        flags = False, True
        made = view.to(view.dtype, *flags)
    elif way == "cat":
        made = torch.cat([view])
    elif way == "clone, view":
        made = view.clone().contiguous().view(-1)
    elif way == "reshape of a clone":
        made = view.clone().reshape(-1)
    else:
        made = view.to(torch.complex128)
    kept = made.clone()
    view[...] = number
    unmoved = made.clone()
    made[...] = True
    return kept, unmoved, made, view, x, base


@clause("aliasing.calls-forget", level="general", place="5 In [17]", table=aliasing.calls_in_turn, requires=("aliasing.view-chains",),
        source="Tensor Views: a view is a tensor of its own sizes, strides and offset; what an operation gives depends on its arguments")
def calls_forget(torch, base, x, y, operation, args, way, *, device):
    """What an operation gives depends on its operands as they are, not on those of the call before, nor on what was written since through whatever name."""
    names = {"itself": x, "base": base, "view": x[...], "detach": x.detach(), ".data": x.data, "transposed": x.transpose(0, -1), "row": list(x)[-1]}
    target = torch.full(x.shape, 2, dtype=x.dtype, device=device)
    results = []
    for is_behind, one in ((False, x), (False, y), (False, x), (True, x), (False, y)):
        if is_behind:
            names[way][..., -1] = 3
        if operation == "cat":
            made = torch.cat([one, one], *args)
        elif operation == "to":
            made = one.to(torch.complex64)
        elif operation == "products":
            made = one @ one, y @ x
        elif operation == "sums":
            made = one + one, y + x, torch.add(x, one)
        elif operation == "in place":
            target += one
            made = target.clone()
        elif operation == "assign":
            target[...] = one
            made = target.clone()
        elif operation == "out":
            made = torch.sub(one, 1, out=target).clone()
        else:
            made = getattr(one, operation)(*args)
        results.append(made)
    return tuple(results)


@clause("aliasing.contiguous", level="general", place="5 In [17]", table=aliasing.contiguous, strides=True,
        requires=("aliasing.view-chains", "aliasing.clone-keeps-its-values"),
        source="Tensor.contiguous: a contiguous tensor with the same data; the tensor itself if it is contiguous already")
def contiguous(torch, base, x, view, number, *, device):
    """`contiguous` gives the tensor itself where its elements lie row by row, and a copy in which they do elsewhere."""
    made = view.contiguous()
    before = made.clone().view(-1)
    view[...] = number
    return made, before


@clause("aliasing.subnormals", level="general", place="5 In [17]", table=aliasing.subnormals, subnormals=True, requires=("aliasing.contiguous",),
        source="torch.clone, torch.cat, Tensor.copy_: the elements as they are; torch.set_flush_denormal: by default denormal numbers are not flushed")
def subnormals(torch, base, x, *, device):
    """Subnormal numbers stay what they are where they are viewed, copied, joined and written."""
    copies = x.clone(), x.contiguous(), x.reshape(-1).clone(), torch.cat([x, x], 1), x.t().contiguous(), x[:, 1::2].clone(), x.to(x.dtype, copy=True)
    target = torch.full(x.shape, 7, dtype=x.dtype, device=device)
    target[...] = x
    other = torch.full((2, *x.shape), 7, dtype=x.dtype, device=device).copy_(x)
    x[0] = x[1]
    x[-1, 0] = target[0, 0].item()
    return copies, target, other, x.unsqueeze(0).expand(2, *x.shape), x, base


@clause("aliasing.expanded-reads", level="general", place="1 In [4]", table=aliasing.expanded_reads,
        requires=("aliasing.base-writes-reach-views",),
        source="Tensor.expand: a new view of the tensor in which dimensions of size 1 are expanded, without new memory")
def expanded_reads(torch, x, sizes, number, *, device):
    """Every element of an expanded tensor shows the one that it was expanded from, also after a write to the base; a copy has each for itself."""
    view = x.expand(sizes)
    before, copy = view + view, view.clone()
    copy[0] = number
    x[...] = number
    return before, copy, view, view + view, view.clone()


@clause("aliasing.programs", level="general", place="5 In [17]", table=programs.programs,
        requires=("aliasing.base-writes-reach-views", "aliasing.view-writes-reach-the-base"),
        source="Tensor Views: a view shares its base's data, and editing either is reflected in the other")
def whole_programs():
    """However views of tensors, writes, reads and calculations follow each other, each sees what was written before it."""
