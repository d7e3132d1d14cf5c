"""A polar code of 512 bits for 64, and its successive-cancellation list decoder.

E. Arikan, "Channel polarization", IEEE Trans. Inf. Theory 55 (2009); I. Tal and A. Vardy, "List decoding of polar
codes", ibid. 61 (2015); path metrics as in A. Balatsoukas-Stimming et al., IEEE Trans. Signal Process. 63 (2015).
"""

import numpy as np
from numpy.typing import NDArray

LENGTH = 512
BITS = 64
PATHS = 32  # of the list
_DESIGN = 0.15  # signal to noise for which the code is built: about where a frame just fails

Bits = NDArray[np.uint8]
Ratios = NDArray[np.float32]


def _information() -> NDArray[np.intp]:
    """The positions of the `BITS` most reliable channels, ascending, by Bhattacharyya bounds."""
    bound = np.array([np.exp(-_DESIGN)])
    while len(bound) < LENGTH:
        bound = np.stack([2 * bound - bound * bound, bound * bound], axis=1).reshape(-1)
    return np.sort(np.argsort(bound, kind="stable")[:BITS])


INFORMATION = _information()


def encode(message: Bits) -> Bits:
    """The code word of `LENGTH` bits for `BITS` bits."""
    word = np.zeros(LENGTH, np.uint8)
    word[INFORMATION] = message
    step = 1
    while step < LENGTH:
        pairs = word.reshape(-1, 2 * step)
        pairs[:, :step] ^= pairs[:, step:]
        step *= 2
    return word


def decode(ratios: Ratios, paths: int = PATHS) -> Bits:
    """The most likely messages, best first: shape (<= paths, BITS).

    `ratios`: the log-likelihood ratio of each of `LENGTH` code bits, positive for 0.
    """
    search = _Search(paths)
    search.node(ratios.astype(np.float32)[np.newaxis], 0)
    return search.messages[np.argsort(search.cost, kind="stable")]


class _Search:
    """The paths kept so far: their costs and the information bits each has decided."""

    def __init__(self, paths: int) -> None:
        self.paths = paths
        self.cost = np.zeros(1, np.float32)
        self.messages = np.zeros((1, BITS), np.uint8)

    def node(self, ratios: Ratios, start: int) -> tuple[Bits, NDArray[np.intp]]:
        """Decide code positions `start`, ... of one subtree.

        `ratios`: (paths, size). Returned: the subtree's code bits for each path kept, and which row of `ratios`
        each came from.
        """
        size = ratios.shape[1]
        first, last = np.searchsorted(INFORMATION, (start, start + size))
        if first == last:  # nothing but frozen bits: what contradicts a zero costs
            self.cost = self.cost + np.maximum(-ratios, 0).sum(axis=1)
            return np.zeros(ratios.shape, np.uint8), np.arange(len(ratios))
        if size == 1:
            return self._fork(ratios[:, 0], int(first))
        upper, lower = ratios[:, : size // 2], ratios[:, size // 2 :]
        left, origin = self.node(np.sign(upper) * np.sign(lower) * np.minimum(abs(upper), abs(lower)), start)
        upper, lower = upper[origin], lower[origin]
        right, again = self.node(lower + np.where(left, -upper, upper), start + size // 2)
        left = left[again]
        return np.concatenate([left ^ right, right], axis=1), origin[again]

    def _fork(self, ratio: Ratios, number: int) -> tuple[Bits, NDArray[np.intp]]:
        costs = np.stack(
            [self.cost + np.maximum(-ratio, 0), self.cost + np.maximum(ratio, 0)], axis=1
        ).reshape(-1)
        kept = np.argsort(costs, kind="stable")[: self.paths]
        origin, bits = kept // 2, (kept % 2).astype(np.uint8)
        self.cost = costs[kept]
        self.messages = self.messages[origin]
        self.messages[:, number] = bits
        return bits[:, np.newaxis], origin
