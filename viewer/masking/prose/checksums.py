"""Check digits of the numbers that have them. Each takes the number as it was written, and ignores its punctuation."""

import re

_NOT_DIGIT = re.compile(r"\D")


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, of 12 to 19 digits: payment cards."""
    digits = [int(digit) for digit in reversed(_NOT_DIGIT.sub("", number))]
    if not 12 <= len(digits) <= 19:
        return False
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def iban(number: str) -> bool:
    """ISO 7064 MOD 97-10, of 15 to 34 letters and digits."""
    plain = re.sub(r"[^0-9A-Za-z]", "", number).upper()
    if not 15 <= len(plain) <= 34 or not plain.isascii():
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def network_address(number: str) -> bool:
    """RFC 791: four numbers up to 255."""
    return all(part.isdigit() and int(part) < 256 for part in number.split("."))
