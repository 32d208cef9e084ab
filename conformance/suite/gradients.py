"""Gradients."""

from conformance.catalogue import clause
from conformance.strategies import reach
from conformance.strategies.tables import gradients, programs


@clause("gradients.mean-of-a-sum", "gradient-of-a-mean")
def mean_of_a_sum():
    """The gradient of the mean of `x + y` is one over the number of elements, for both."""


@clause("gradients.line", "gradient-of-a-line")
def line():
    """The gradient of `2x + 1` is 2, and the result carries the gradient's history."""


@clause("gradients.non-leaf-has-none", "gradient-of-a-non-leaf")
def non_leaf_has_none():
    """The `grad` of a tensor that is no leaf is None, and reading it warns with a UserWarning."""


@clause("gradients.non-leaf-warning", "gradient-of-a-non-leaf", level="wording", reads="wording",
        requires=("gradients.non-leaf-has-none",))
def non_leaf_warning():
    """The warning says that the `grad` attribute of a tensor that is no leaf is being accessed."""


@clause("gradients.graph-follows-the-code", "graph-of-a-loop")
def graph_follows_the_code():
    """Loops and branches on computed values shape the graph as they run, and `backward` walks that graph."""


@clause("gradients.training-step", "training-step")
def training_step():
    """A step against the gradient changes the weights and lowers the loss."""


@clause("gradients.arithmetic", level="general", reaches=(*reach.LAYOUTS, *reach.DIFFERENTIABLE_DTYPES, *reach.SHAPES, *reach.SIZES),
        place="6 In [22]", table=gradients.arithmetic, requires=("gradients.mean-of-a-sum",),
        source="Autograd mechanics: gradients of each operand by the chain rule; Broadcasting semantics; numerical accuracy: half types are added up in single precision")
def arithmetic(torch, x, y, gradient, operation, spelling, *, device):
    """The gradients of `+ - * /` are exact, and have the shape and dtype of their operand however it was broadcast and lies in memory."""
    alias = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "true_divide"}[operation]
    if spelling == "function":
        z = getattr(torch, operation)(x, y)
    elif spelling == "method":
        z = getattr(x, operation)(y)
    elif spelling == "keywords":
        z = getattr(torch, operation)(input=x, other=y)
    elif spelling == "scaled" and operation in ("add", "sub"):
        z = getattr(torch, operation)(x, y, alpha=2)
    elif spelling in ("alias", "scaled"):
        z = getattr(x, alias)(other=y)
    elif operation == "add":
        z = x + y
    elif operation == "sub":
        z = x - y
    elif operation == "mul":
        z = x * y
    else:
        z = x / y
    z.backward(gradient)
    return x.grad, y.grad


@clause("gradients.mixed-dtypes", level="general", place="6 In [22]", table=gradients.mixed_dtypes, requires=("gradients.arithmetic",),
        source="Tensor.grad: the gradient has the tensor's own dtype; torch.Tensor attributes: operands are promoted")
def mixed_dtypes(torch, x, y, gradient, operation, spelling, *, device):
    """The gradient of an operand that was promoted has the dtype that the operand had before."""
    if operation == "add":
        z = x + y
    elif operation == "sub":
        z = x - y
    elif operation == "mul":
        z = x * y
    else:
        z = x / y
    z.backward(gradient)
    return x.grad, y.grad


@clause("gradients.mixed-losses", level="general", place="6 In [22]", table=gradients.mixed_losses,
        requires=("gradients.mixed-dtypes", "gradients.means"),
        source="Tensor.grad: the gradient has the tensor's own dtype; torch.Tensor attributes: operands are promoted")
def mixed_losses(torch, x, y, *, device):
    """A mean of squared differences of tensors of two dtypes has a gradient for each, in its own dtype and shape."""
    error = x - y
    loss = (error * error).mean()
    loss.backward()
    return x.grad, y.grad, loss


@clause("gradients.numbers", level="general", place="6 In [24]", table=gradients.numbers, sets=("default dtype",), requires=("gradients.line", "gradients.arithmetic"),
        source="Autograd mechanics; Tensor: a Python number on either side of an operator")
def numbers(torch, x, number, gradient, operation, reflected, spelling, default, *, device):
    """A tensor's gradient is right with a Python number of any kind on either side of `+ - * /`, and has the tensor's dtype, whichever the default dtype is."""
    if default is not None:
        torch.set_default_dtype(default)
    left, right = (number, x) if reflected else (x, number)
    if spelling == "method":
        z = getattr(x, operation)(number)
    elif spelling == "function":
        z = getattr(torch, operation)(x, number)
    elif operation == "add":
        z = left + right
    elif operation == "sub":
        z = left - right
    elif operation == "mul":
        z = left * right
    else:
        z = left / right
    z.backward(gradient)
    return x.grad, z.dtype


@clause("gradients.in-place", level="general", place="6 In [22]", table=gradients.in_place, requires=("gradients.arithmetic",),
        source="Autograd mechanics, In-place operations with autograd")
def in_place(torch, x, y, gradient, operation, spelling, *, device):
    """An operation that writes into a tensor that is no leaf has the gradients of the one that does not, for what was there and for the other operand."""
    z = x.clone()
    if spelling == "scaled" and operation in ("add", "sub"):
        getattr(z, operation + "_")(y, alpha=-2)
    elif spelling in ("method", "scaled"):
        getattr(z, operation + "_")(y)
    elif operation == "add":
        z += y
    elif operation == "sub":
        z -= y
    elif operation == "mul":
        z *= y
    else:
        z /= y
    z.backward(gradient)
    return x.grad, y.grad, z.requires_grad


@clause("gradients.products", level="general", place="6 In [22]", table=gradients.products, requires=("gradients.arithmetic", "products.exact"),
        source="torch.matmul: vectors, matrices and batches; Autograd mechanics")
def products(torch, x, y, gradient, spelling, *, device):
    """The gradients of matrix products of vectors, matrices and batches are exact, and summed over the batch dimensions that were broadcast."""
    if spelling == "function":
        z = torch.matmul(x, y)
    elif spelling == "method":
        z = x.matmul(y)
    elif spelling == "mm":
        z = torch.mm(x, y)
    else:
        z = x @ y
    z.backward(gradient)
    return x.grad, y.grad


@clause("gradients.operands-in-one-memory", level="general", place="6 In [22]", table=gradients.in_one_memory,
        requires=("gradients.arithmetic", "gradients.products", "gradients.cat", "gradients.views"),
        source="Autograd mechanics: the gradients that come to a tensor over several ways are added up; Tensor Views")
def operands_in_one_memory(torch, x, first, second, operation, *, device):
    """The gradient of a leaf of which two parts are operands is the sum of theirs, each element's by itself."""
    parts = []
    for steps in (first, second):
        part = x
        for name, args in steps:
            part = part[args[0]] if name == "index" else getattr(part, name)(*args)
        parts.append(part)
    if operation == "add":
        z = parts[0] + parts[1]
    elif operation == "mul":
        z = parts[0] * parts[1]
    elif operation == "matmul":
        z = parts[0] @ parts[1]
    else:
        z = torch.cat([parts[0], parts[1], parts[0]])
    z.backward(torch.arange(1, 1 + z.numel(), dtype=z.dtype, device=device).reshape(z.shape))
    return x.grad


@clause("gradients.means", level="general", place="6 In [22]", table=gradients.means, requires=("gradients.mean-of-a-sum",),
        source="torch.mean: over all, one or several dimensions, kept or not; Autograd mechanics")
def means(torch, x, gradient, dim, keepdim, by_name, dtype, *, device):
    """The gradient of a mean is the incoming one over the number of elements, for each of them, in their own dtype."""
    if dim is None:
        z = x.mean() if dtype is None else x.mean(dtype=dtype)
    elif dtype is not None:
        z = torch.mean(x, dim, keepdim, dtype=dtype)
    elif by_name:
        z = torch.mean(x, dim=dim, keepdim=keepdim)
    else:
        z = x.mean(dim, keepdim)
    z.backward(gradient)
    return x.grad


@clause("gradients.cat", level="general", place="6 In [22]", table=gradients.joined, requires=("shapes.cat", "gradients.arithmetic"),
        source="torch.cat; Autograd mechanics")
def cat(torch, x, y, gradient, dim, number, by_name, *, device):
    """The gradient of joined tensors is cut where they were joined, in each one's shape and dtype, and added up for one that was joined several times."""
    parts = ([x, y] * number)[:number]
    z = torch.cat(tensors=tuple(parts), dim=dim) if by_name else torch.cat(parts, dim)
    z.backward(gradient)
    return x.grad, y.grad


@clause("gradients.casts", level="general", place="6 In [22]", table=gradients.casts, requires=("gradients.arithmetic", "promotion.casts"),
        source="Tensor.to; Tensor.grad: the gradient has the tensor's own dtype")
def casts(torch, x, gradient, dtype, spelling, *, device):
    """A gradient passes a cast between dtypes that have gradients, and arrives in the leaf's dtype, rounded to it."""
    if spelling == "type":
        z = x.type(dtype)
    elif spelling == "name":
        names = {torch.float16: "half", torch.float32: "float", torch.float64: "double", torch.complex64: "cfloat", torch.complex128: "cdouble"}
        z = getattr(x, names.get(dtype, "bfloat16"))()
    elif spelling == "keyword":
        z = x.to(dtype=dtype)
    elif spelling == "other tensor":
        z = x.to(gradient)
    elif spelling == "device and dtype":
        z = x.to(device, dtype)
    elif spelling == "copy":
        z = x.to(dtype, copy=True)
    elif spelling == "written":
        z = torch.zeros(x.shape, dtype=dtype, device=device)
        z[...] = x
    else:
        z = x.to(dtype)
    z.backward(gradient)
    return x.grad


@clause("gradients.views", level="general", place="6 In [22]", table=gradients.views, requires=("gradients.arithmetic", "aliasing.view-chains"),
        source="Tensor Views: views are differentiable; torch.expand: each element of the base is seen several times")
def views(torch, x, gradient, steps, spelling, *, device):
    """Through any chain of views, each element of the base gets the sum of the gradients of the places where it is seen, and all others zero."""
    z = x
    for name, arguments in steps:
        if name == "index":
            z = z[arguments]
        elif spelling == "function" and name in ("t", "transpose", "squeeze", "unsqueeze"):
            z = getattr(torch, name)(z, *arguments)
        elif spelling == "function" and name in ("permute", "reshape"):
            z = getattr(torch, name)(z, arguments)
        elif spelling == "tuple" and name in ("permute", "reshape", "view", "expand"):
            z = getattr(z, name)(arguments)
        else:
            z = getattr(z, name)(*arguments)
    z.backward(gradient)
    return x.grad


@clause("gradients.views-in-products", level="general", place="6 In [22]", table=gradients.single_views, requires=("gradients.views",),
        source="Tensor Views; Autograd mechanics")
def views_in_products(torch, x, gradient, steps, spelling, *, device):
    """A view's product with itself and with its base's has the gradients of the product of two copies."""
    z = x
    for name, arguments in steps:
        z = z[arguments] if name == "index" else getattr(z, name)(*arguments)
    z = z * z + z
    z.backward(gradient)
    return x.grad


@clause("gradients.writes-into-views", level="general", place="6 In [22]", table=gradients.writes, requires=("gradients.views", "gradients.in-place"),
        source="Tensor Views; Autograd mechanics, In-place operations: a write into a view is part of the base's history")
def writes_into_views(torch, x, w, gradient, steps, how, start, *, device):
    """A write into a view is part of its base's history: what was overwritten gets no gradient, and what was written gets its own, in its own shape."""
    whole = x.clone() if start == "history" else x.detach().clone()
    part = whole
    if how == "assigned" and len(steps) == 1 and steps[0][0] == "index":
        whole[steps[0][1]] = w
    else:
        for name, arguments in steps:
            part = part[arguments] if name == "index" else getattr(part, name)(*arguments)
        if how == "assigned":
            part[...] = w
        elif how == "number":
            part[...] = 3
        elif how == "doubled":
            part *= 2
        elif how == "copied":
            part.copy_(w)
        elif how == "filled":
            part.fill_(3)
        elif how == "zeroed":
            part.zero_()
        elif how == "scaled":
            part.sub_(w, alpha=2)
        else:
            getattr(part, how + "_")(w)
    whole.backward(gradient)
    return x.grad, w.grad, whole.requires_grad, part.requires_grad


@clause("gradients.views-follow-writes", level="general", place="6 In [22]", table=gradients.leaf_layouts, requires=("gradients.writes-into-views",),
        source="Tensor Views: editing the base is reflected in the view; Autograd mechanics, In-place operations")
def views_follow_writes(torch, x, y, *, device):
    """A view that was taken before its base was written to has the gradient of what it shows now."""
    whole = x * 1
    row, turned = whole[1], whole.t()
    whole *= y
    turned[0] += y[0, 0]
    (turned[2:] * 2).backward(y.detach().t()[2:], retain_graph=True)
    row.backward(y.detach()[0])
    return x.grad, row.requires_grad, turned.is_leaf


@clause("gradients.views-written-after-their-parts", level="general", place="6 In [22]", table=gradients.parts_first, requires=("gradients.views-follow-writes",),
        source="Tensor.is_leaf: tensors that are not the result of an operation are leaves; Autograd mechanics, In-place operations; Tensor Views")
def views_written_after_their_parts(torch, x, y, gradient, view, part, how, *, device):
    """A view of which a part was written with a leaf's elements is no leaf, and may be written itself, with the gradients of what it then shows."""
    whole = y.clone()
    seen = whole[1:] if view == "rows" else whole.t() if view == "transposed" else whole.view(4, 4)
    if part == "written":
        seen[0] = x[0]
    elif part == "added to":
        seen[0].add_(x[0])
    else:
        seen[...] = x[0]
    if how == "multiplied":
        seen.mul_(2)
    elif how == "added to":
        seen += x[1]
    elif how == "filled":
        seen[:, 0].fill_(3)
    elif how == "numbered":
        seen[...] = 7
    (whole * gradient).backward(torch.ones(4, 4, dtype=x.dtype, device=device))
    return whole, seen.is_leaf, whole.is_leaf, x.grad


@clause("gradients.compositions", level="general", place="6 In [22]", table=gradients.compositions,
        requires=("gradients.arithmetic", "gradients.views", "gradients.products", "gradients.means", "gradients.cat"),
        source="Autograd mechanics: the chain rule over the graph of operations")
def compositions(torch, x, y, w, gradient, steps, *, device):
    """The gradients of operations one after the other follow the chain rule, with broadcasting, indexing, views and writes between them."""
    known = {
        "add": lambda z: z + y,
        "row": lambda z: z - y[1],
        "column": lambda z: y[:, :1] * z,
        "scalar": lambda z: z + w[0, 1],
        "reflected": lambda z: 1 - z,
        "mul": lambda z: z * y,
        "twice": lambda z: z + z,
        "halved": lambda z: z / 2,
        "matmul": lambda z: z @ w,
        "centred": lambda z: z - z.mean(0, keepdim=True),
        "mean of rows": lambda z: z.mean(1).unsqueeze(1) + y,
        "cat": lambda z: torch.cat([z[:2], w[2:]]),
        "indexed": lambda z: z[None, ..., :, :][0],
        "transposed": lambda z: z.t(),
        "reshaped": lambda z: z.reshape(2, 8).transpose(0, 1).reshape(4, 4),
        "expanded": lambda z: z[1].expand(4, 4) + w,
        "cast": lambda z: z.to(torch.complex128).to(torch.complex64) * 1 if z.dtype == torch.complex64 else z.to(torch.float64).to(z.dtype),
        "cloned": lambda z: z.clone(),
        "unsqueezed": lambda z: (z.unsqueeze(1) + w.unsqueeze(0))[:, 2],
        "sliced and joined": lambda z: torch.cat([z[:, 1:], z[:, :1]], 1),
    }
    z = x
    for step in steps:
        if step in known:
            z = known[step](z)
            continue
        z = z * 1
        if step == "assigned":
            z[:, 0] = y[1]
        elif step == "in place":
            z += w[:1]
        else:
            part = z[1:, ::2]
            part *= 2
    z.backward(gradient)
    return x.grad, y.grad, w.grad


@clause("gradients.branches-and-loops", level="general", place="1 prose", table=gradients.programs, requires=("gradients.graph-follows-the-code",),
        source="Autograd mechanics: the graph is recreated from scratch at every iteration, so arbitrary control flow is allowed")
def branches_and_loops(torch, x, y, times, reach, beyond, *, device):
    """Branches on values and loops of any number of turns give the gradient of the path that was taken."""
    z = x
    while abs(z.item()) < reach:
        z = z * 2
    half, first = x / 2, y[0]
    for _ in range(times):
        z = z - half if z.item() > 0 else z + first
    if z.item() > beyond:
        z = z * y[1]
    z.backward()
    return x.grad, y.grad, z


@clause("gradients.histories-of-any-length", level="general", place="1 prose", table=gradients.histories,
        requires=("gradients.branches-and-loops", "gradients.views", "gradients.in-place", "gradients.cat", "gradients.casts"),
        source="Autograd mechanics: the graph records all of the operations that created the data as you execute operations; no limit is named")
def histories_of_any_length(torch, x, y, gradient, how, times, *, device):
    """A history of any number of steps is walked back to its leaves, and what is used any number of times gets the gradients of all uses."""
    known = {
        "sums": lambda z: z + y,
        "products": lambda z: z * y,
        "views": lambda z: z.t(),
        "indexes": lambda z: z[None][0],
        "casts": lambda z: z.to(torch.float64).to(x.dtype),
    }
    z = x * 1
    for _ in range(times):
        if how in known:
            z = known[how](z)
        elif how == "writes":
            z += y
        elif how == "writes into views":
            z[0] += y[1]
        elif how == "walks":
            (z * y).backward(gradient.clone(), retain_graph=True)
    if how == "uses":
        z = torch.cat([z * y for _ in range(times)])
    elif how == "joined":
        z = torch.cat([z, y] * times)
    z.backward(gradient)
    return x.grad, y.grad


@clause("gradients.descent-lowers-the-loss", level="general", place="1 prose", table=gradients.training, requires=("gradients.training-step",),
        source="torch.no_grad: weights are updated without a history; Autograd mechanics")
def descent_lowers_the_loss(torch, w, inputs, targets, *, device):
    """A few steps against the gradient, taken without a history, lower the loss each time, by what the gradients say."""
    losses = []
    for _ in range(3):
        error = inputs @ w - targets
        losses.append((error * error).mean())
        losses[-1].backward()
        with torch.no_grad():
            w -= w.grad / 4
        w.grad = None
    return [loss.item() for loss in losses], losses[0].item() >= losses[1].item() >= losses[2].item(), w, w.grad, w.is_leaf


@clause("gradients.leaves", level="general", place="6 In [22]", table=gradients.leaves, requires=("gradients.non-leaf-has-none",),
        source="Tensor.is_leaf: tensors with requires_grad False, and those that the user created")
def leaves(torch, x, *, device):
    """A tensor is a leaf if it requires no gradient or is no result of an operation; a result requires one if an operand does."""
    results = [x, x + x, x * 2, x.clone(), x.detach(), x[None], x.unsqueeze(0)]
    with torch.no_grad():
        results.append(x * 2)
    return tuple([one.is_leaf for one in results] + [one.requires_grad for one in results] + [one.grad_fn is None for one in results])


@clause("gradients.made-as-leaves", level="general", place="6 In [22]", table=gradients.made_as_leaves, sets=("rng",), requires=("gradients.leaves",),
        source="torch.tensor, zeros, ones, full, empty, arange, rand: requires_grad, if autograd should record operations on the returned tensor")
def made_as_leaves(torch, way, arguments, dtype, *, device):
    """A tensor made with `requires_grad` is a leaf that collects a gradient, whatever makes it; one of integers is refused with a RuntimeError."""
    make = getattr(torch, way)
    x = make(*arguments, dtype=dtype, device=device, requires_grad=True)
    plain = make(*arguments, dtype=dtype, device=device, requires_grad=False)
    z = x * 3 + x
    z.backward(gradient=torch.ones(z.shape, dtype=z.dtype, device=device))
    return x.requires_grad, x.is_leaf, plain.requires_grad, (plain * 3).requires_grad, z.requires_grad, x.grad, x.dtype


@clause("gradients.integers-have-no-history", level="general", place="6 In [22]", table=gradients.real_leaves, requires=("gradients.leaves",),
        source="Tensor.requires_grad: only tensors of floating point and complex dtype can require gradients")
def integers_have_no_history(torch, x, y, *, device):
    """A result of a dtype that has no gradients requires none, whatever it was made of, and lets none through."""
    whole = (x * y).to(torch.int32)
    z = whole * x
    z.backward(y.detach())
    return whole, whole.requires_grad, x.argmax().requires_grad, z.requires_grad, x.grad, y.grad


@clause("gradients.accumulation", level="general", place="6 In [22]", table=gradients.accumulated, requires=("gradients.arithmetic",),
        source="Tensor.backward: this function accumulates gradients in the leaves; Tensor.grad")
def accumulation(torch, x, y, gradient, how, *, device):
    """Each walk back adds to the gradient that a leaf has collected, until it is set to None or to zero."""
    (x * y).backward(gradient)
    if how == "another graph":
        (x - y).backward(gradient)
    elif how == "used twice":
        (x * y + x + x).backward(gradient)
    elif how == "set to None":
        x.grad = None
        (x + y).backward(gradient)
    elif how == "zeroed":
        x.grad.zero_()
        (x + y).backward(gradient)
    elif how == "assigned":
        x.grad = gradient.clone()
        (x * y).backward(gradient)
    elif how == "retained":
        z = x * y
        z.backward(gradient, retain_graph=True)
        z.backward(gradient)
    elif how == "changed in place":
        x.grad *= 2
        x.grad[0] = 1
        (x * y).backward(gradient)
    elif how == "squared":
        (x * x).backward(gradient)
    else:
        for _ in range({"three times": 2, "many times": 17}.get(how, 1)):
            (x * y).backward(gradient)
    return x.grad, y.grad, gradient


@clause("gradients.leaves-keep-their-own", level="general", place="6 In [22]", table=gradients.two_leaves, requires=("gradients.accumulation",),
        source="Tensor.grad: the attribute will contain the gradients computed, and future calls to backward() will accumulate (add) gradients into it")
def leaves_keep_their_own(torch, x, y, gradient, way, shape, then, *, device):
    """What walks back into one leaf, or is written into its gradient, leaves what the other leaves have collected as it is."""
    if way == "viewed":
        z = x.view(shape) + y.view(shape)
    elif way == "transposed":
        z = x.t() + y.t()
    elif way == "joined":
        z = torch.cat([x, y])
    elif way == "halves":
        z = x[:1] + y[1:]
    elif way == "expanded":
        z = x.expand(shape) + y
    else:
        z = x + y
    # A clone: a leaf may keep the gradient that was given, and write into it.
    z.backward(gradient.clone())
    if then == "walked back again":
        (x * 2).backward(torch.ones(2, 4, dtype=x.dtype, device=device))
    elif then == "zeroed":
        x.grad.zero_()
    elif then == "written":
        x.grad[0] = 5
    elif then == "multiplied":
        x.grad *= 2
    return x.grad, y.grad


@clause("gradients.unused-leaves", level="general", place="6 In [22]", table=gradients.leaf_layouts, requires=("gradients.arithmetic",),
        source="Tensor.grad: this attribute is None by default and becomes a tensor the first time backward computes gradients for it")
def unused_leaves(torch, x, y, *, device):
    """The gradient of a leaf is None until a walk back comes to it, and a leaf that the result was not made of keeps None."""
    before = x.grad, y.grad
    z = x * 2
    unused = y * x
    z.backward(unused.detach())
    return *before, x.grad, y.grad


@clause("gradients.non-leaf-grad", level="general", place="6 In [22]", table=gradients.non_leaves, requires=("gradients.non-leaf-has-none",),
        source="Tensor.is_leaf: only leaf tensors have their grad populated; reading that of another warns")
def non_leaf_grad(torch, x, how, *, device):
    """The result of any operation keeps no gradient: its `grad` is None, and reading it warns with a UserWarning."""
    if how == "sum":
        z = x + x
    elif how == "product":
        z = x * x
    elif how == "view":
        z = x.view(16)
    elif how == "index":
        z = x[1:]
    elif how == "clone":
        z = x.clone()
    elif how == "cast":
        z = x.to(torch.complex128)
        z = z * z
    elif how == "mean":
        z = x.mean(0)
    elif how == "cat":
        z = torch.cat([x, x])
    else:
        z = x @ x
    z.backward(z.detach())
    return z.grad


@clause("gradients.retained", level="general", place="6 In [22]", table=gradients.retained, requires=("gradients.non-leaf-has-none",),
        source="Tensor.retain_grad: enables this tensor to have its grad populated during backward")
def retained(torch, x, how, *, device):
    """A non-leaf whose gradient is to be retained has it after the walk back, and is still no leaf."""
    if how == "sum":
        z = x + x
    elif how == "product":
        z = x * x
    elif how == "view":
        z = x.reshape(16)
    elif how == "index":
        z = x[1:]
    elif how == "clone":
        z = x.clone()
    elif how == "cast":
        z = x.to(torch.complex128)
    elif how == "mean":
        z = x.mean(0)
    elif how == "cat":
        z = torch.cat([x, x])
    else:
        z = x @ x
    z.retain_grad()
    x.retain_grad()
    out = z + z * 2
    out.backward(out.detach())
    return z.grad, x.grad, z.is_leaf, x.is_leaf, z.retains_grad


@clause("gradients.scalars-only", level="general", place="6 In [22]", table=gradients.without_gradient, requires=("gradients.mean-of-a-sum",),
        source="Tensor.backward: if the tensor is non-scalar, the function additionally requires specifying a gradient")
def scalars_only(torch, x, *, device):
    """`backward` without a gradient begins at a result of one element, and is refused elsewhere with a RuntimeError."""
    z = x * x
    z.backward()
    return x.grad


@clause("gradients.real-scalars-only", level="general", place="6 In [22]", table=gradients.complex_without_gradient,
        requires=("gradients.scalars-only",), versions=">=2.1",
        source="torch.autograd.backward: a gradient can be created implicitly only for real scalar outputs, since pull request 92753 (merged on 2023-02-23); before it complex ones were taken")
def real_scalars_only(torch, x, *, device):
    """`backward` without a gradient is refused with a RuntimeError where the result is complex."""
    z = x * x
    z.backward()
    return x.grad


@clause("gradients.shape-of-the-incoming", level="general", place="6 In [22]", table=gradients.gradient_shapes, requires=("gradients.arithmetic",),
        source="Tensor.backward: gradient should be a tensor of matching type and shape")
def shape_of_the_incoming(torch, x, gradient, *, device):
    """A gradient of another shape than the result is refused with a RuntimeError, also where it could be broadcast."""
    z = x * 2
    z.backward(gradient)
    return x.grad


@clause("gradients.freed-graph", level="general", place="6 In [22]", table=gradients.freed, requires=("gradients.accumulation",),
        source="Tensor.backward, retain_graph: if False, the graph used to compute the grads will be freed")
def freed_graph(torch, x, y, gradient, how, retain, *, device):
    """A second walk over a history that kept operands is refused with a RuntimeError, unless they were retained."""
    if how == "product":
        z = x * y
    elif how == "quotient":
        z = x / y
    elif how == "matmul":
        z = x @ y
    elif how == "square":
        z = x * x
    elif how == "view of a product":
        z = (x * y).t()
    else:
        part = x * y
        (part + x).backward(gradient, retain_graph=retain)
        z = part - y
    if how != "shared part":
        z.backward(gradient, retain_graph=retain)
    z.backward(gradient)


@clause("gradients.in-place-on-a-leaf", level="general", place="6 In [22]", table=gradients.on_leaves, requires=("gradients.leaves",),
        source="Autograd mechanics: a leaf that requires grad must not be modified in place where operations are recorded")
def in_place_on_a_leaf(torch, x, how, *, device):
    """A write into a leaf that requires gradients, or into a view of it, is refused with a RuntimeError where operations are recorded."""
    if how == "add":
        x += 1
    elif how == "sub":
        x -= 1
    elif how == "mul":
        x *= 2
    elif how == "div":
        x /= 2
    elif how == "set item":
        x[0, 0] = 7
    elif how == "set slice":
        x[:, 1:] = 7
    elif how == "view":
        x[0].add_(1)
    elif how == "transposed":
        x.t().mul_(2)
    elif how == "slice":
        part = x[:, 1:]
        part += 1
    else:
        getattr(x, how)(2)
    return x


@clause("gradients.saved-operands-unchanged", level="general", place="6 In [22]", table=gradients.saved, requires=("gradients.in-place",),
        source="Autograd mechanics, In-place correctness checks: every tensor keeps a version counter; if a saved one was modified, an error is raised")
def saved_operands_unchanged(torch, x, y, gradient, how, operation, copied, *, device):
    """A walk back over an operand that was written to since, itself, by `out=` or through a view or a detached tensor, is refused with a RuntimeError."""
    a, b = x * 1, y * 1
    first, second = (a.clone(), b.clone()) if copied else (a, b)
    known = {
        "quotient": lambda: a / b,
        "divisor": lambda: b / a,
        "matmul": lambda: a @ b,
        "matmul right": lambda: b.mm(a),
        "square": lambda: a * a,
        "of a view": lambda: a.t() * b,
    }
    z = known.get(how, lambda: a * b)()
    if how == "through a view":
        second[0] += 1
    elif how == "set item":
        first[0, 0] = 7
    elif how == "detached":
        second.detach().add_(1)
    elif how == "copied over":
        second.copy_(first)
    elif how == "in place":
        getattr(second, operation)(2)
    elif how == "out of a view":
        torch.mul(gradient[0], 2, out=second[0])
    elif how == "out of mean":
        torch.mean(gradient.expand(3, 2, 2), 0, out=second)
    elif how == "out of cat":
        torch.cat([gradient[:1], gradient[1:]], out=second)
    elif how == "out":
        getattr(torch, operation)(gradient, gradient, out=second)
    else:
        first += 1
    z.backward(gradient)


@clause("gradients.other-writes-allowed", level="general", place="6 In [22]", table=gradients.unsaved, requires=("gradients.in-place",),
        source="Autograd mechanics, In-place correctness checks: only saved tensors are checked")
def other_writes_allowed(torch, x, gradient, how, *, device):
    """A write to what a history does not need leaves its gradients as they are."""
    a = x * 1
    if how == "sum":
        z = a + x
    elif how == "difference":
        z = x - a
    elif how == "mean":
        z = a - a.mean()
    elif how == "by a number":
        z = a * 2
    elif how == "view":
        z = a.t().clone().t()
    elif how == "cat":
        z = torch.cat([a[:1], a[1:]])
    else:
        z = x * x
        z += 1
        z *= 2
    a += 5
    z.backward(gradient)
    return x.grad


@clause("gradients.floats-only", level="general", place="6 In [22]", table=gradients.requiring,
        source="Tensor.requires_grad_; only tensors of floating point and complex dtype can require gradients")
def floats_only(torch, x, how, *, device):
    """Tensors of floating and complex dtypes can require gradients, and those of integers and bools refuse with a RuntimeError."""
    if how == "method":
        return x.requires_grad_().requires_grad, x.is_leaf
    x.requires_grad = True
    return x.requires_grad, x.is_leaf


@clause("gradients.no-history", level="general", place="6 In [22]", table=gradients.without_history, requires=("gradients.leaves",),
        source="Tensor.backward: the graph is differentiated using the chain rule; torch.no_grad; Tensor.detach")
def no_history(torch, x, how, *, device):
    """`backward` from a tensor without a history is refused with a RuntimeError."""
    if how == "plain":
        z = x
    elif how == "plain sum":
        z = x + x
    elif how == "detached":
        z = (x * 2).detach()
    elif how == "detached view":
        z = x.detach()[None] * 2
    elif how == "no_grad":
        with torch.no_grad():
            z = x * 2
    elif how == "set off":
        with torch.set_grad_enabled(False):
            z = x * 2
    else:
        z = x * 2
    z.backward()


@clause("gradients.no-grad", level="general", place="6 In [22]", table=gradients.modes, requires=("gradients.leaves",),
        source="torch.no_grad: every result will have requires_grad False, even when the inputs have True; torch.enable_grad")
def no_grad(torch, x, how, *, device):
    """Without recording, results require no gradient and leaves may be written to; afterwards the mode is what it was."""
    seen = [torch.is_grad_enabled()]
    if how == "no_grad":
        with torch.no_grad():
            z = x * x
            seen += [torch.is_grad_enabled()]
    elif how == "enabled inside":
        with torch.no_grad():
            with torch.enable_grad():
                z = x * x
                seen += [torch.is_grad_enabled()]
            seen += [torch.is_grad_enabled(), (x * 2).requires_grad]
    elif how == "set off":
        with torch.set_grad_enabled(False):
            z = x + 1
            seen += [torch.is_grad_enabled()]
    elif how == "set on inside":
        with torch.no_grad(), torch.set_grad_enabled(True):
            z = x + 1
            seen += [torch.is_grad_enabled()]
    elif how == "decorator":
        z = torch.no_grad()(lambda: x * x)()
    elif how == "left by an error":
        try:
            with torch.no_grad():
                seen.remove("nothing of the kind")
        except ValueError:
            z = x * x
    elif how == "twice":
        with torch.no_grad():
            with torch.no_grad():
                z = x * x
            seen += [torch.is_grad_enabled()]
    else:
        with torch.no_grad():
            x += 1
            x[0] = 2
        z = x * x
    seen += [torch.is_grad_enabled(), z.requires_grad, x.requires_grad, x.is_leaf, (x * 2).requires_grad]
    return *seen, z


@clause("gradients.nothing-recorded", level="general", place="6 In [22]", table=gradients.unrecorded, requires=("gradients.no-grad",),
        source="torch.no_grad: in this mode, the result of every computation will have requires_grad=False, even when the inputs have True")
def nothing_recorded(torch, x, how, leaf, *, device):
    """Each result that is made without recording requires no gradient, copies and views alike."""
    z = x if leaf else x.clone()
    with torch.no_grad():
        if how == "copy":
            return z.clone()
        if how == "product":
            return z * z
        if how == "mean":
            return z.mean(0)
        if how == "index":
            return z[0]
        if how == "view":
            return z.view(4)
        if how == "transposed":
            return z.t()
        return z.expand(3, 2, 2)


@clause("gradients.detach", level="general", place="6 In [22]", table=gradients.detached, requires=("gradients.leaves",),
        source="Tensor.detach: the result will never require gradient and shares the same storage with the original one")
def detach(torch, x, *, device):
    """`detach` gives a tensor without history that shares memory both ways, and lets no gradient through."""
    plain = x.detach()
    plain[0] = 5
    z = x * x + x.detach() * 2
    z.backward(plain)
    seen = plain.clone()
    with torch.no_grad():
        x[1] = 4
    return plain, seen, x.grad, plain.requires_grad, plain.is_leaf, z.detach()


@clause("gradients.asked-for", level="general", place="6 In [22]", table=gradients.asked_for, requires=("gradients.arithmetic",),
        source="torch.autograd.grad: computes and returns the sum of gradients of outputs with respect to the inputs")
def asked_for(torch, x, y, gradient, *, device):
    """`torch.autograd.grad` gives the gradients of leaves and of steps between, and collects nothing in the leaves."""
    part = x * y
    z = part * part + x
    found = torch.autograd.grad(z, [x, part, y], gradient, retain_graph=True)
    alone = torch.autograd.grad(z, y, grad_outputs=gradient)
    return *found, *alone, x.grad, y.grad


@clause("gradients.ways-to-go-back", level="general", place="6 In [22]", table=gradients.ways_back, requires=("gradients.asked-for", "gradients.accumulation"),
        source="Tensor.backward, torch.autograd.backward, torch.autograd.grad: gradient, retain_graph and inputs by name and place; all other tensors than the inputs are ignored")
def ways_to_go_back(torch, x, y, gradient, how, *, device):
    """The gradients are the same in every spelling of `backward` and `grad`, summed over several results, and collected in the inputs that are named alone."""
    z, other, found = x * y, x - y, ()
    if how == "keyword":
        z.backward(gradient=gradient)
    elif how == "retained":
        z.backward(gradient, True)  # noqa: FBT003 - what this is about
        z.backward(gradient, retain_graph=False)
    elif how == "first input":
        z.backward(gradient, inputs=[x])
    elif how == "second input":
        z.backward(gradient, inputs=y)
    elif how == "both inputs":
        z.backward(gradient=gradient, inputs=(y, x))
    elif how == "several":
        torch.autograd.backward([z, other], [gradient, gradient])
    elif how == "several by name":
        torch.autograd.backward(tensors=(other, z), grad_tensors=(gradient, gradient))
    elif how == "implicit":
        torch.autograd.backward([z.mean(), other.mean()])
    elif how == "asked for several":
        found = torch.autograd.grad(outputs=[z, other], inputs=[y, x], grad_outputs=[gradient, gradient])
    else:
        found = torch.autograd.grad(x * 2, (x, y), gradient, allow_unused=True)
    return x.grad, y.grad, *found


@clause("gradients.after-operands-changed", level="general", place="6 In [22]", table=gradients.changed, requires=("gradients.no-grad", "gradients.detach"),
        source="Autograd mechanics: the graph is recreated from scratch at every iteration; Tensor.detach: the result shares the same storage with the original one")
def after_operands_changed(torch, x, y, operation, how, *, device):
    """The same calculation has the gradients of the values that its operands hold each time, however they were changed in between."""
    known = {
        "mul": lambda: x * y,
        "div": lambda: x / y,
        "matmul": lambda: x @ y,
        "square": lambda: x * x + y * y,
        "mean": lambda: x.mean(0) * y,
        "cat": lambda: torch.cat([x, y]) * torch.cat([y, x]),
    }
    seen = []
    for turn in range(5):
        z = known[operation]()
        seen.append(z.detach())
        if turn in (0, 1, 2):
            z.backward(torch.ones(z.shape, dtype=z.dtype, device=device))
        for one in (x, y):
            if how in ("detached", "data"):
                (one.detach() if how == "detached" else one.data).mul_(2)
                continue
            with torch.no_grad():
                if how == "view":
                    one[turn % 2] *= -2
                elif how == "item":
                    one[turn % 2, 0] = 4
                elif how == "out":
                    torch.add(one, one, out=one)
                else:
                    one.mul_(2)
    return x.grad, y.grad, x.detach(), y.detach(), *seen


@clause("gradients.usable-after-a-refusal", level="general", place="6 In [22]", table=gradients.refusals,
        requires=("gradients.scalars-only", "gradients.no-history", "gradients.in-place-on-a-leaf", "gradients.freed-graph"),
        source="Autograd mechanics: an error in one graph is no matter of another")
def usable_after_a_refusal(torch, x, y, how, *, device):
    """After a refusal the operands are as they were, operations are recorded, and the next gradient is right."""
    z = x * y
    refused = False
    try:
        if how == "no scalar":
            z.backward()
        elif how == "no history":
            z.detach().backward(z.detach())
        elif how == "leaf":
            x += 1
        elif how == "saved":
            part = x * 1
            other = part * part
            part += 1
            other.backward(other.detach())
        elif how == "freed":
            z.backward(z.detach())
            x.grad, y.grad = None, None
            z.backward(z.detach())
        elif how == "shape":
            z.backward(z.detach()[0])
        elif how == "sizes":
            x + x.reshape(4)
        elif how == "product":
            x @ x.reshape(4, 1)
        else:
            z.to(torch.int32).requires_grad_()
    except RuntimeError:
        refused = True
    x.grad = y.grad = None
    again = x * y + x[0]
    again.backward(y.detach())
    return refused, torch.is_grad_enabled(), x.detach(), y.detach(), again.detach(), x.grad, y.grad


@clause("gradients.programs", level="general", place="6 In [22]", table=programs.gradients,
        requires=("gradients.mean-of-a-sum", "aliasing.programs"),
        source="Autograd mechanics, in-place operations; Tensor Views: what is written through a view is part of its base's history")
def whole_programs():
    """Each leaf gets the gradient of what was calculated from it, whatever views and writes came between."""
