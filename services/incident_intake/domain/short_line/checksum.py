"""The two hexadecimal digits at the end of a line: CRC-8/SAE-J1850 over its GB18030 bytes.

The polynomial x⁸+x⁴+x³+x²+1 is primitive: within 254 bytes every change of one byte (any digit, letter or bar) and
every exchange of two bytes, near or far, is found. Anything else, also another Chinese character (two bytes), is missed
once in 256 times, which no check of two hexadecimal digits can better; the rules of the fields find some of these.
"""

ENCODING = "gb18030"
_POLYNOMIAL = 0x1D
_ONES = 0xFF


def _step(value: int) -> int:
    for _ in range(8):
        value = ((value << 1) ^ _POLYNOMIAL) & _ONES if value & 0x80 else value << 1
    return value


_TABLE = tuple(_step(value) for value in range(256))


def crc8(content: bytes) -> int:
    """CRC-8/SAE-J1850; of `123456789` it is 0x4B."""
    value = _ONES
    for byte in content:
        value = _TABLE[value ^ byte]
    return value ^ _ONES


def checksum(body: str) -> str:
    """The check of everything before it, the last bar included: `A3`."""
    return f"{crc8(body.encode(ENCODING)):02X}"
