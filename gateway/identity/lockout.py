"""Wrong passwords: how long an account then takes none."""

FREE_FAILURES = 4  # the fifth wrong one in a row locks
FIRST_LOCK_S = 30.0
MAX_LOCK_S = 15 * 60.0


def locked_until(failures: int, last_failure: float) -> float | None:
    """The UTC second until which `failures` wrong passwords in a row lock, the last at `last_failure`.

    30 s after the fifth, then twice as long each time, up to 15 min; None for fewer. So at most about 100
    guesses a day.
    """
    over = failures - FREE_FAILURES - 1
    if over < 0:
        return None
    doublings = min(over, 10)  # 2⁵ is past the cap already; a long attack must not make a large number
    return last_failure + min(FIRST_LOCK_S * (1 << doublings), MAX_LOCK_S)


def is_locked(until: float | None, now: float) -> bool:
    """Whether a lock that ends at `until` holds at `now`.

    No lock can end more than 15 min from now. One that seems to was written before the clock was set back; it
    is void, at the price of one guess, instead of shutting a person out until the clock has caught up. (Twice
    15 min, so that two requests that read the clock in another order than they write are no way around.)
    """
    return until is not None and now < until <= now + 2 * MAX_LOCK_S
