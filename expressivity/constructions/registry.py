"""All constructions, as data: what each covers, which families its result belongs to, and how to build it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from expressivity.automaton import Automaton
from expressivity.constructions.few_layers.dihedral import dihedral_plane, dihedral_reflections
from expressivity.constructions.few_layers.store_and_apply import store_and_apply
from expressivity.constructions.few_layers.triangle import triangle_swaps
from expressivity.constructions.few_layers.two_reflections import two_reflections
from expressivity.constructions.one_layer.dense import dense
from expressivity.constructions.one_layer.dyadic import dyadic
from expressivity.constructions.one_layer.pd_ssm import pd_ssm
from expressivity.constructions.one_layer.permutation import permutation
from expressivity.constructions.one_layer.representation import representation
from expressivity.constructions.one_layer.rotation import rotation
from expressivity.constructions.one_layer.scalar_parity import scalar_parity
from expressivity.constructions.rwkv7 import alternating_signs, copies, flip_flops, reflections
from expressivity.constructions.stacks.cascade_stack import any_automaton
from expressivity.constructions.stacks.complex_diagonal import complex_diagonal
from expressivity.constructions.stacks.delayed_stack import single_factor
from expressivity.constructions.stacks.diagonal_stack import mamba, mamba_signed
from expressivity.constructions.stacks.lower_digits import lower_digits
from expressivity.networks.network import Network


@dataclass(frozen=True)
class Construction:
    """One way to build a network.

    Arguments:
        name: what it is called in messages.
        covers: which automata it covers, for messages.
        build: minimal automaton → network, or None when the automaton is not covered.
        families: families whose form the result has (membership is checked again on the result).
        key: the kind of keys the result has, "swap" or "dyadic"; "any" when it has none or they are exact anyway.
        stacks: whether it builds a stack from a cascade, which is worth trying only when no one-layer network fits.
        bare: whether it is tried only when the user forbids a short convolution.
    """

    name: str
    covers: str
    build: Callable[[Automaton], Network | None]
    families: tuple[str, ...]
    key: str = "any"
    stacks: bool = False
    bare: bool = False


_PRODUCTS = ("deltaproduct", "gated-deltaproduct")
_SINGLE = ("deltanet-signed", "gated-deltanet", *_PRODUCTS)

CONSTRUCTIONS = (
    Construction("dense one-hot", "any automaton", dense, ("dense",)),
    Construction(
        "scalar parity (diagonal)",
        "two states permuted by every letter",
        lambda automaton: scalar_parity(automaton, diagonal=True),
        ("mamba-signed",),
    ),
    Construction(
        "scalar parity",
        "two states permuted by every letter",
        lambda automaton: scalar_parity(automaton, diagonal=False),
        _SINGLE,
    ),
    Construction("permutations (Theorem 3)", "every letter permutes the states", permutation, _SINGLE, key="swap"),
    Construction("permutations by dyadic unit keys", "every letter permutes the states", dyadic, _SINGLE, key="dyadic"),
    Construction("symmetries of a polygon in the plane", "dihedral groups", dihedral_plane, _PRODUCTS, key="swap"),
    Construction("single reflections of a polygon", "dihedral groups", dihedral_reflections, _SINGLE, key="swap"),
    Construction("single swaps of a triangle", "the symmetries of a triangle", triangle_swaps, _SINGLE, key="swap"),
    Construction(
        "store and apply, one swap per letter",
        "groups with few letters and points",
        store_and_apply,
        _SINGLE,
        key="swap",
        stacks=True,
    ),
    Construction(
        "store and apply, two swaps per letter",
        "groups with few letters and points",
        lambda automaton: store_and_apply(automaton, factors=2),
        _PRODUCTS,
        key="swap",
        stacks=True,
    ),
    Construction("rotations (Theorem 3)", "addition modulo the number of states", rotation, _PRODUCTS),
    Construction(
        "representation with the fewest reflections",
        "groups with exact orthogonal matrices",
        representation,
        _SINGLE,
        key="swap",
    ),
    Construction(
        "two layers of reflections (Theorem 6)", "addition modulo the number of states", two_reflections, _SINGLE
    ),
    Construction(
        "cascade of permutations and resets (Theorem 4, repaired)",
        "any automaton",
        lambda automaton: any_automaton(automaton, gated=False),
        ("deltaproduct",),
        stacks=True,
    ),
    Construction(
        "cascade of permutations and resets, by gates (Theorem 4, repaired)",
        "any automaton",
        lambda automaton: any_automaton(automaton, gated=True),
        ("gated-deltaproduct",),
        stacks=True,
    ),
    Construction(
        "cascade of one factor per letter with a short convolution",
        "languages whose groups are solvable or act by single reflections",
        lambda automaton: single_factor(automaton, gated=False),
        ("deltanet-signed",),
        stacks=True,
    ),
    Construction(
        "cascade of flip-flops with a short convolution",
        "star-free languages",
        lambda automaton: single_factor(automaton, gated=False, reflections=False),
        ("deltanet",),
        stacks=True,
    ),
    Construction(
        "cascade of one factor or gate per letter with a short convolution",
        "languages whose groups are solvable or act by single reflections",
        lambda automaton: single_factor(automaton, gated=True),
        ("gated-deltanet",),
        stacks=True,
    ),
    Construction("cascade of flip-flops", "star-free languages", mamba, ("mamba",), stacks=True),
    Construction(
        "cascade of flip-flops in lower digits", "star-free languages", lower_digits, ("mamba",), stacks=True, bare=True
    ),
    Construction(
        "cascade of flip-flops and counters modulo 2",
        "languages whose groups are 2-groups",
        mamba_signed,
        ("mamba-signed",),
        stacks=True,
    ),
    Construction(
        "cascade of flip-flops and cyclic counters",
        "languages whose groups are solvable",
        complex_diagonal,
        ("complex-diagonal",),
        stacks=True,
    ),
    Construction("flip-flops in heads of one channel", "star-free languages", flip_flops, ("rwkv7", "rwkv7-signed")),
    Construction(
        "cascade of flip-flops and alternating signs",
        "languages whose groups are 2-groups",
        alternating_signs,
        ("rwkv7",),
        stacks=True,
    ),
    Construction(
        "copies in one head",
        "automata whose letters set, copy, negate or swap single sets of states",
        copies,
        ("rwkv7", "rwkv7-signed"),
    ),
    Construction("single reflections in one head", "group languages of one reflection", reflections, ("rwkv7-signed",)),
    Construction("the transition table as P", "any automaton", pd_ssm, ("pd-ssm",)),
)
