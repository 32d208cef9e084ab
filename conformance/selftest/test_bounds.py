"""The bounds table: each row against its derivation, done once more in Fractions, and against sums as devices do them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest

from conformance.backends.reference import ReferenceBackend
from conformance.dtypes import numpy_dtype
from conformance.reference import bounds
from conformance.reference.namespace import Namespace, made
from conformance.strategies.values import generator, moderate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FLOATS = ("float16", "bfloat16", "float32", "float64")
COMPLEX = {"complex64": "float32", "complex128": "float64"}
DOUBLE = Fraction(1, 2**53)
# Terms that are no multiples of anything larger: no sum of them that a dtype has room for.
FINE = -1000


def facts(dtype: str) -> Any:
    """Give what ml_dtypes says of a dtype, or of the parts of a complex one."""
    return ml_dtypes.finfo(numpy_dtype(COMPLEX.get(dtype, dtype)))


def roundoff(dtype: str) -> Fraction:
    """Give the unit roundoff: half the distance from 1 to the next number of the dtype."""
    return Fraction(float(facts(dtype).eps)) / 2


def theorem(terms: int, unit: Fraction) -> Fraction:
    """Give Higham's gamma: what so many factors (1 + delta), |delta| <= unit, may add up to."""
    return terms * unit / (1 - terms * unit)


@pytest.mark.parametrize("dtype", [*FLOATS, *COMPLEX])
def test_the_unit_roundoff_is_half_the_distance_after_one(dtype: str) -> None:
    """As the dtype itself has it, and that of a complex one's parts."""
    assert Fraction(bounds.unit(dtype)) == roundoff(dtype)


@pytest.mark.parametrize(("terms", "power"), [*product((1, 2, 3, 7, 64, 100), (8, 11, 24))])
def test_gamma_holds_for_every_product_of_roundings(terms: int, power: int) -> None:
    """So many roundings in one direction stay below it; a single one in the worse direction reaches it."""
    unit = Fraction(1, 2**power)
    up, down = (1 + unit) ** terms - 1, 1 / (1 - unit) ** terms - 1
    found = Fraction(bounds.gamma(terms, float(unit)))

    assert up < down <= found * (1 + DOUBLE * 4)
    assert found <= down / (1 - terms * unit) * (1 + DOUBLE * 4)
    assert terms > 1 or abs(found / down - 1) <= DOUBLE * 4


@pytest.mark.parametrize("terms", [256, 257, 512, 100_000])
def test_beyond_as_many_terms_as_the_unit_allows_nothing_is_said(terms: int) -> None:
    """From 1 / u roundings on, the theorem has no bound."""
    assert bounds.gamma(terms, 2.0**-8) == math.inf
    assert bounds.gamma(255, 2.0**-8) == 255.0


@pytest.mark.parametrize(
    ("dtype", "device", "held"),
    [
        ("float16", "cpu", "float32"), ("bfloat16", "cpu", "float32"), ("bfloat16", "cpu:0", "float32"),
        ("float16", "cuda:0", "float16"), ("bfloat16", "cuda:1", "bfloat16"), ("float16", "mps:0", "float16"),
        ("bfloat16", "aaa:0", "bfloat16"), ("float32", "cpu", "float32"), ("float64", "cpu", "float64"),
        ("float32", "cuda:0", "float32"), ("complex64", "cpu", "complex64"), ("complex128", "xpu:0", "complex128"),
    ],
)  # fmt: skip
def test_half_sums_are_held_at_float32_on_the_cpu_alone(dtype: str, device: str, held: str) -> None:
    """PyTorch's notes on numerical accuracy: elsewhere reductions in reduced precision are allowed."""
    assert bounds.accumulation(dtype, device) == held


def _all_held(multiples: int, grain: int, dtype: str) -> bool:
    """Say whether a dtype holds each multiple of 2**grain up to so many; of many, those around the largest."""
    few = 5000
    chosen = range(multiples + 1) if multiples <= few else range(multiples - 3, multiples + 1)
    for number in chosen:
        exact = Fraction(number) * Fraction(2) ** grain
        with np.errstate(over="ignore"):
            held = float(np.float64(float(exact)).astype(numpy_dtype(dtype)))
        if not math.isfinite(held) or Fraction(held) != exact:
            return False
    return True


@pytest.mark.parametrize("dtype", [*FLOATS, *COMPLEX])
def test_sums_are_exact_just_where_the_dtype_holds_every_partial_sum(dtype: str) -> None:
    """As many multiples of a power of two as the significand has room for, from the smallest number to the largest."""
    part = COMPLEX.get(dtype, dtype)
    room = int(1 / roundoff(part))
    lowest = round(math.log2(float(facts(part).smallest_subnormal)))
    highest = math.frexp(float(facts(part).max))[1] - (facts(part).nmant + 1)
    # A float64 of 2.0**1024 there is none to compare with: the last binade of float64 is left out.
    grains = (lowest - 1, lowest, lowest + 1, -7, -1, 0, 1, highest - 1, highest if part != "float64" else highest - 2)
    for grain, multiples in product(grains, (1, 2, 3, room - 1, room, room + 1, room + 2)):
        magnitude = Fraction(multiples) * Fraction(2) ** grain
        if Fraction(float(magnitude)) != magnitude or magnitude >= Fraction(2) ** 1023:
            continue
        # What has just come to the end of the significand may have been rounded down to it.
        right = multiples != room and _all_held(multiples, grain, part)
        found = bounds.exact_sums(np.array([float(magnitude), 0.0]), grain, dtype)
        assert bool(found[0]) == right, (grain, multiples)
        assert bool(found[1]) == (grain >= lowest)


def test_magnitudes_that_were_rounded_down_are_seen() -> None:
    """In float64 as many ones as you like, added one by one to 2**53, leave it as it is; in another order they don't."""
    magnitude = 2.0**53
    for _ in range(8):
        magnitude += 1.0

    assert magnitude == 2.0**53
    assert not bounds.exact_sums(np.array([magnitude]), 0, "float64").any()
    assert bounds.exact_sums(np.array([2.0**53 - 1]), 0, "float64").all()


@pytest.mark.parametrize(
    "values",
    [
        [1.0], [2.0, 6.0], [0.75, 4.0], [-0.5, 8.0], [12.0, -40.0], [0.0, 3.0], [2.0**60, 2.0**59], [5e-324], [2.0**-1074, 1.0],
        [math.inf, 4.0], [math.nan, 0.125, -math.inf], [1e300], [2.0**1023], [1 / 3, 1.0],
    ],
)  # fmt: skip
def test_the_grain_is_the_largest_power_of_two_that_divides_all(values: list[float]) -> None:
    """Each finite element is a multiple of it, and one of them an odd one."""
    grain = bounds.grain_of(np.array(values))
    quotients = [Fraction(one) / Fraction(2) ** grain for one in values if math.isfinite(one)]

    assert all(one.denominator == 1 for one in quotients)
    assert any(one.numerator % 2 for one in quotients)
    assert bounds.grain_of(np.array(values).reshape(1, -1, 1)) == grain


def test_the_grain_of_nothing_is_one() -> None:
    """Zeros are multiples of everything; of complex numbers both parts count, and a half type's are read exactly."""
    assert [bounds.grain_of(np.array(one)) for one in ([], [0.0, -0.0], [math.inf, math.nan])] == [0, 0, 0]
    assert bounds.grain_of(np.array([4 + 0.25j, 8])) == -2
    assert bounds.grain_of(np.array([0.5 + 4j])) == -1
    assert bounds.grain_of(np.array([3.0, 0.0625]).astype(ml_dtypes.bfloat16)) == -4


Row = tuple[str, str, int, float, float]
# Of sums: the dtype, the device, how many terms, the sum of their magnitudes, the result.
ROWS: tuple[Row, ...] = tuple(
    (dtype, device, terms, magnitude, result)
    for dtype in (*FLOATS, *COMPLEX)
    for device, (terms, magnitude, result) in product(
        ("cpu", "cuda:0"), ((1, 3.0, 3.0), (3, 10.3, 10.3), (7, 50.7, -2.1), (12, 9.1, 0.0), (60, 1000.3, 900.5))
    )
)


def _error(dtype: str, device: str, terms: int, magnitude: Fraction) -> Fraction:
    """Derive how far two sums of so many products may lie apart before they are rounded to the dtype.

    One is added up by the device, in the dtype or, of half types on the CPU, in float32; the reference's in float64. Each
    part of a complex sum is a real one of twice as many products, and the modulus of the error is at most sqrt(2) times
    the larger part's.
    """
    unit = roundoff("float32" if dtype in ("float16", "bfloat16") and device == "cpu" else dtype)
    number = 2 * terms if dtype in COMPLEX else terms
    factor = Fraction(math.sqrt(2)) if dtype in COMPLEX else Fraction(1)
    return factor * (theorem(number, unit) + theorem(number, DOUBLE)) * magnitude


def _holds(found: float, error: Fraction, roundings: int, result: float, dtype: str) -> bool:
    """Say whether a bound is what the derivation asks for.

    Each rounding to the dtype costs u of the number that is rounded, which is the result or as far from it as the error; a
    subnormal one costs a half of the smallest number more. The comparison itself is done in the dtype, for which the table
    has 4 u of the whole; the bound is worked out in float64, in some ten steps.
    """
    unit, smallest = roundoff(dtype), Fraction(float(facts(dtype).smallest_subnormal))
    needed = error + roundings * unit * (abs(Fraction(result)) + error)
    told = (needed + smallest) * (1 + 4 * unit)
    return needed <= Fraction(found) and abs(Fraction(found) - told) <= 16 * DOUBLE * told


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_sums_bound_is_what_is_derived(row: Row) -> None:
    """Two sums of so many products, each rounded to the dtype once."""
    dtype, device, terms, magnitude, result = row
    rounded = np.array([result]).astype(numpy_dtype(dtype))
    (found,) = bounds.sum_of_products(terms, np.array([magnitude]), rounded, FINE, dtype, device)

    exact = float(rounded[0].real)
    assert _holds(float(found), _error(dtype, device, terms, Fraction(magnitude)), 2, exact, dtype)


@pytest.mark.parametrize("row", [one for one in ROWS if one[2] != 1], ids=str)
def test_a_means_bound_is_what_is_derived(row: Row) -> None:
    """One rounding more for the quotient, of the sum or of each element; half types round the sum and the quotient."""
    dtype, device, terms, magnitude, result = row
    rounded = np.array([result]).astype(numpy_dtype(dtype))
    (found,) = bounds.mean(terms, np.array([magnitude]), rounded, FINE, dtype, device)

    unit = roundoff("float32" if dtype in ("float16", "bfloat16") and device == "cpu" else dtype)
    factor = Fraction(math.sqrt(2)) if dtype in COMPLEX else Fraction(1)
    error = factor * (theorem(terms + 1, unit) + theorem(terms + 1, DOUBLE)) * Fraction(magnitude) / terms
    roundings = 4 if dtype in ("float16", "bfloat16") else 2
    assert _holds(float(found), error, roundings, float(rounded[0].real), dtype)


def test_a_mean_of_nothing_has_no_bound() -> None:
    """Its result is NaN, which nothing may differ from."""
    assert bounds.mean(0, np.zeros(1), np.array([np.nan], np.float32), 0, "float32", "cpu").tolist() == [0.0]


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_bound_of_small_numbers_leaves_room_for_the_smallest(dtype: str) -> None:
    """Where everything is subnormal, a rounding may cost as much as half the smallest number, and no more than that is given."""
    smallest = float(facts(dtype).smallest_subnormal)
    (found,) = bounds.sum_of_products(3, np.zeros(1), np.zeros(1, numpy_dtype(dtype)), -1100, dtype, "cpu")

    assert smallest <= float(found) <= smallest * (1 + 8 * bounds.unit(dtype))


@pytest.mark.parametrize("make", [bounds.sum_of_products, bounds.mean])
@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64"])
def test_what_is_no_number_or_exact_has_no_bound(make: Callable[..., Any], dtype: str) -> None:
    """Neither an infinity, nor a NaN, nor a sum whose partial sums the dtype holds, nor one whose magnitudes overflow."""
    results = np.array([math.inf, math.nan, 2.0, 2.5, 2.0]).astype(numpy_dtype(dtype))
    magnitudes = np.array([3.0, 3.0, math.inf, 3.0, math.nan])

    assert make(4, magnitudes, results, -4, dtype, "cpu").tolist() == [0.0] * 5
    assert make(4, magnitudes, results, FINE, dtype, "cpu")[3] > 0


@pytest.mark.parametrize(
    ("terms", "exact"), [(1, True), (2, True), (4, True), (64, True), (3, False), (6, False), (12, False)]
)
def test_a_mean_is_exact_where_sum_and_quotient_are(terms: int, *, exact: bool) -> None:
    """By a power of two the quotient of an exact sum is exact; that of another number is rounded."""
    found = bounds.mean(terms, np.array([10.0]), np.array([2.0], np.float32), -1, "float32", "cpu")

    assert bool(found[0] == 0) is exact


def test_the_mean_of_one_element_is_that_element() -> None:
    """Nothing is added, so nothing may differ, however many digits it has."""
    assert bounds.mean(1, np.array([0.1]), np.array([0.1]), FINE, "float64", "cpu").tolist() == [0.0]
    assert bounds.mean(2, np.array([0.1]), np.array([0.1]), FINE, "float64", "cpu")[0] > 0


@pytest.mark.parametrize("dtype", FLOATS)
def test_sums_in_any_order_stay_within_their_bound(dtype: str) -> None:
    """Forwards, backwards, in pairs and in blocks, added up as a device does it, beside the exact sum in Fractions."""
    left, right = (moderate(dtype, 61, generator(8, f"{dtype} {side}")) for side in "lr")
    held = numpy_dtype("float32" if dtype in ("float16", "bfloat16") else dtype)
    terms = [one.astype(held) * other.astype(held) for one, other in zip(left, right, strict=True)]
    exact = sum((Fraction(float(x)) * Fraction(float(y)) for x, y in zip(left, right, strict=True)), Fraction(0))
    magnitude = float(sum(abs(float(x) * float(y)) for x, y in zip(left, right, strict=True)))
    right_one = np.array([float(exact)]).astype(numpy_dtype(dtype))
    (bound,) = bounds.sum_of_products(61, np.array([magnitude]), right_one, FINE, dtype, "cpu")

    for order in (terms, terms[::-1], terms[::2] + terms[1::2]):
        for block in (1, 4, 61):
            sums = [_added(order[start : start + block]) for start in range(0, 61, block)]
            got = float(np.asarray(_added(sums)).astype(numpy_dtype(dtype)))
            assert abs(Fraction(got) - Fraction(float(right_one[0]))) <= Fraction(float(bound))


def _added(terms: list[Any]) -> Any:
    total = terms[0]
    for one in terms[1:]:
        total = total + one
    return total


@pytest.mark.parametrize(("operation", "least"), [("mul", math.sqrt(5)), ("div", 3 + math.sqrt(13) + math.sqrt(5))])
def test_complex_products_and_quotients_have_a_bound_on_their_modulus(operation: str, least: float) -> None:
    """Twice what Brent, Percival and Zimmermann prove, since two right answers are compared; of quotients the next whole number."""
    units = bounds.COMPLEX_UNITS[operation]
    values = moderate("complex64", 400, generator(9, operation)).reshape(2, 200)
    with np.errstate(all="ignore"):
        near = values[0] * values[1] if operation == "mul" else values[0] / values[1]
        wide = values.astype(np.complex128)
        exact = wide[0] * wide[1] if operation == "mul" else wide[0] / wide[1]

    assert 2 * least <= units * (1 + 1e-15) <= 2 * (math.ceil(least) if operation == "div" else least) * (1 + 1e-15)
    assert (np.abs(near - exact) <= units / 2 * 2.0**-24 * np.abs(exact) * (1 + 1e-6)).all()


# --- settings of a device ---

ALL_BITS = np.array([[1.0 + 2.0**-20, 0.75], [3.0, -5.0]])
FEW_BITS = np.array([[1.5, -2.0], [0.0, 255.0]])


@pytest.mark.parametrize(
    ("setting", "dtype", "values", "lost"),
    [
        ("highest", "float32", ALL_BITS, 0.0),
        ("high", "float32", ALL_BITS, 2 * 2.0**-10 + 2.0**-20),
        ("medium", "float32", ALL_BITS, 2 * 2.0**-7 + 2.0**-14),
        ("high", "complex64", ALL_BITS * 1j, 2 * 2.0**-10 + 2.0**-20),
        ("high", "float64", ALL_BITS, 0.0),
        ("medium", "bfloat16", ALL_BITS, 0.0),
        ("medium", "float32", FEW_BITS, 0.0),
        ("medium", "float32", FEW_BITS * 257, 2 * 2.0**-7 + 2.0**-14),
        ("high", "float32", FEW_BITS * 257, 2 * 2.0**-10 + 2.0**-20),
        ("high", "float32", np.array([np.inf, np.nan, 0.0]), 0.0),
        ("high", "float32", np.zeros((0, 3)), 0.0),
    ],
)
def test_factors_lose_the_bits_that_the_setting_gives_away(
    setting: str, dtype: str, values: NDArray[Any], lost: float
) -> None:
    """Of float32 numbers that have more bits than that, 2 f + f * f of a product, at the worst: f if they are cut off."""
    with bounds.as_set({"float32 products": setting}):
        assert bounds.dropped(dtype, FEW_BITS, values) == bounds.dropped(dtype, values, FEW_BITS) == lost
    assert bounds.dropped(dtype, values, values) == 0.0


@pytest.mark.parametrize(("setting", "bits"), [("high", 11), ("medium", 8)])
def test_products_of_shortened_factors_lie_within_the_bound(setting: str, bits: int) -> None:
    """Cut off to the bits that are left, a product lies within the bound of its setting, and beyond that of the next one."""
    random = np.random.default_rng(1)
    x, y = (random.uniform(-1, 1, (33, 33)).astype(np.float32) for _ in range(2))
    first, second = (made(one, "float32", "cuda:0") for one in (x, y))
    cut = [np.ldexp(np.trunc(np.frexp(one)[0] * 2**bits), np.frexp(one)[1] - bits) for one in (x, y)]
    error = np.abs(np.matmul(*(one.astype(np.float64) for one in cut)) - np.matmul(x.astype(np.float64), y))

    found = {}
    for one in bounds.FACTOR_BITS:
        with bounds.as_set({"float32 products": one}):
            product = first @ second
            assert product.allowed is not None
            assert product.allowed.bound is not None
            found[one] = product.allowed.bound
    assert (error <= found[setting]).all()
    stricter = list(bounds.FACTOR_BITS)[list(bounds.FACTOR_BITS).index(setting) - 1]
    assert not (error <= found[stricter]).all()


def _bound(product: Any) -> Any:
    return product.allowed.bound.tolist()


def test_an_exact_product_is_exact_where_no_factor_is_shortened() -> None:
    """Small whole numbers have one right product in each setting; where factors are shortened no sum is exact."""
    whole, long = made(FEW_BITS, "float32", "cuda:0"), made(np.array([[2.0**20 + 1.0]]), "float32", "cuda:0")

    with bounds.as_set({"float32 products": "medium"}):
        assert _bound(whole @ whole) == [[0.0, 0.0], [0.0, 0.0]]
        assert _bound(long @ made(np.array([[1.0]]), "float32", "cuda:0"))[0][0] > 2.0**13


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_sums_are_held_in_what_is_set(dtype: str) -> None:
    """Without reductions in reduced precision the bound on an accelerator is that of the CPU; a mean is not concerned."""
    arguments = (33, np.array([100.0]), np.array([1.0], numpy_dtype(dtype)), FINE, dtype)
    strict = bounds.sum_of_products(*arguments, "cpu")
    mean = bounds.mean(*arguments, "cuda:0")

    with bounds.as_set({f"{dtype} sums": "float32"}):
        assert bounds.sum_of_products(*arguments, "cuda:0") == strict
        assert bounds.mean(*arguments, "cuda:0") == mean
    with bounds.as_set({f"{dtype} sums": dtype}):
        assert bounds.sum_of_products(*arguments, "cuda:0") > strict
    assert bounds.sum_of_products(*arguments, "cuda:0") > strict


def test_a_program_sets_the_precision_and_the_reference_puts_it_back() -> None:
    """`set_float32_matmul_precision` is global state, and a name that it does not know is refused."""
    torch, backend = Namespace(), ReferenceBackend()
    before = backend.state()
    torch.set_float32_matmul_precision("high")

    assert torch.get_float32_matmul_precision() == "high"
    assert backend.state() != before
    with pytest.raises(RuntimeError):
        torch.set_float32_matmul_precision("higher")
    backend.restore(before)
    assert torch.get_float32_matmul_precision() == "highest"
