"""Which item of a newer list is which of an older one, by number and text; what cannot be decided is left open.

Pure: numbers and texts in, positions out. What becomes of a pair is `comparing`'s.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rectify.rules import numerals

from .common import bare, key_of

LIKE = 0.75
"""How like two texts must be to be one item, from 0 to 1."""
NUMBER_COUNTS = 0.25
"""What the same number adds to that: two texts under one number need be only half alike."""
MARGIN = 0.05
"""Of two candidates the better must be ahead by so much; else nobody can tell."""
SHINGLE = 5
"""Characters of the pieces by which like texts are found."""
MOST_SHARING = 20
"""A piece that more old texts hold says nothing about which of them is meant."""
MOST_CANDIDATES = 8


@dataclass(frozen=True)
class Mark:
    """What an item is known by. `group` is the part or source within which numbers begin anew."""

    number: str
    text: str
    group: str = ""


@dataclass
class Pairing:
    """`pairs` new position → old position; `doubts` new position → the old ones that are equally like."""

    pairs: dict[int, int] = field(default_factory=dict)
    doubts: dict[int, list[int]] = field(default_factory=dict)


def number_key(number: str) -> str:
    """What numbers are compared by: 一, （一） and 1. are one number."""
    plain = key_of(number).strip("()[]【】〔〕.,、:")
    value = numerals.to_int(plain)
    return str(value) if value is not None else plain


def pair(new: Sequence[Mark], old: Sequence[Mark]) -> Pairing:
    """Pair two lists: equal number and text first, then equal text, then like text, the same number counting for it.

    Each position is used at most once. Equal texts that stand equally often on both sides are paired in their order.
    The time is near linear: only texts that share a rare piece, or a number, are looked at together.
    """
    found = Pairing()
    seen_new = [(number_key(m.number), bare(m.text), key_of(m.group)) for m in new]
    seen_old = [(number_key(m.number), bare(m.text), key_of(m.group)) for m in old]
    open_new = [n for n, key in enumerate(seen_new) if key[1]]
    open_old = [o for o, key in enumerate(seen_old) if key[1]]
    stages: tuple[Callable[[tuple[str, str, str]], object], ...] = (
        lambda key: key,
        lambda key: key[:2],
        lambda key: key[1:],
        lambda key: key[1],
    )
    for stage in stages:
        _pair_equal(found, {n: stage(seen_new[n]) for n in open_new}, {o: stage(seen_old[o]) for o in open_old})
        open_new = [n for n in open_new if n not in found.pairs]
        taken = set(found.pairs.values())
        open_old = [o for o in open_old if o not in taken]
    scores = _scores(seen_new, seen_old, open_new, open_old)
    _settle(found, scores)
    return found


def _pair_equal(found: Pairing, new: dict[int, object], old: dict[int, object]) -> None:
    groups: dict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, keys in enumerate((new, old)):
        for position, key in keys.items():
            groups[key][side].append(position)
    for ours, theirs in groups.values():
        if len(ours) == len(theirs):
            found.pairs.update(zip(ours, theirs, strict=True))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How like two texts are by their pairs of characters, from 0 to 1: what they share of both, and of the shorter."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    return (2 * shared / (len(one) + len(other)) + shared / min(len(one), len(other))) / 2


def _pieces(text: str, length: int = 2) -> frozenset[str]:
    return frozenset(text[i : i + length] for i in range(max(1, len(text) - length + 1))) if text else frozenset()


def _scores(
    seen_new: Sequence[tuple[str, str, str]],
    seen_old: Sequence[tuple[str, str, str]],
    open_new: Sequence[int],
    open_old: Sequence[int],
) -> dict[int, dict[int, float]]:
    """new → old → likeness, for those that may be one."""
    sharing: dict[str, list[int]] = defaultdict(list)
    numbered: dict[tuple[str, str], list[int]] = defaultdict(list)
    for o in open_old:
        for piece in _pieces(seen_old[o][1], SHINGLE):
            sharing[piece].append(o)
        if seen_old[o][0]:
            numbered[seen_old[o][0], seen_old[o][2]].append(o)
    rare = {piece: holders for piece, holders in sharing.items() if len(holders) <= MOST_SHARING}
    pairs_of = {o: _pieces(seen_old[o][1]) for o in open_old}
    scores: dict[int, dict[int, float]] = {}
    for n in open_new:
        mine = _pieces(seen_new[n][1])
        shared = Counter(o for piece in _pieces(seen_new[n][1], SHINGLE) for o in rare.get(piece, ()))
        same_number = set(numbered.get((seen_new[n][0], seen_new[n][2]), ())[:MOST_SHARING])
        candidates = {o for o, _count in shared.most_common(MOST_CANDIDATES)} | same_number
        likely = {}
        for o in sorted(candidates):
            score = _likeness(mine, pairs_of[o]) + (NUMBER_COUNTS if o in same_number else 0)
            if score >= LIKE:
                likely[o] = score
        if likely:
            scores[n] = likely
    return scores


def _settle(found: Pairing, scores: dict[int, dict[int, float]]) -> None:
    """Pair those that are each other's best by a margin, until no more are; what is left over is in doubt."""
    settled = True
    while settled:
        settled = False
        rivals: dict[int, list[float]] = defaultdict(list)  # the two best scores that an old one has
        for options in scores.values():
            for o, score in options.items():
                rivals[o] = sorted((*rivals[o], score))[-2:]
        for n, options in sorted(scores.items()):
            (best, score), *rest = sorted(options.items(), key=lambda option: -option[1])
            if rest and rest[0][1] > score - MARGIN:
                continue
            if len(rivals[best]) > 1 and rivals[best][0] > score - MARGIN:
                continue
            found.pairs[n] = best
            settled = True
        taken = set(found.pairs.values())
        scores = {n: {o: s for o, s in options.items() if o not in taken} for n, options in scores.items()}
        scores = {n: options for n, options in scores.items() if options and n not in found.pairs}
    found.doubts = {n: sorted(options) for n, options in scores.items()}
