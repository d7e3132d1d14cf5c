from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_Bytes: TypeAlias = NDArray[np.uint8]

def enlarge(source: _Bytes, out: _Bytes, /) -> None: ...
def look(frame: _Bytes, out: _Bytes, busy: int, bright: int, flat: int, black: int, /) -> int: ...
def mark(
    frame: _Bytes,
    out: _Bytes,
    text: NDArray[np.int8],
    lettered: _Bytes,
    found: _Bytes,
    even: _Bytes,
    odd: _Bytes,
    /,
) -> None: ...
