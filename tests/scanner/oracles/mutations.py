"""Changes files at random, the way that a hand with a hex editor would."""

from random import Random
from struct import pack

NUMBERS = (0, 1, 2, 3, 4, 8, 16, 32, 64, 127, 128, 255, 256, 1 << 31, 1 << 32, (1 << 63) - 1)


def mutated(
    random: Random, data: bytes, *, near: int = 1 << 62, letters: bytes = bytes(range(256))
) -> bytes:
    """Return `data` with a few changes, mostly within its first `near` bytes."""
    made = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if not made:
            break
        end = len(made) if random.random() < 0.1 else min(near, len(made))
        at, way = random.randrange(end), random.randrange(10)
        if way < 5:
            made[at] = random.choice(letters)
        elif way < 6:
            made[at : at + 8] = pack("<Q", random.choice(NUMBERS))
        elif way < 7:
            del made[at : at + random.randint(1, 9)]
        elif way < 8:
            made[at:at] = made[at : at + random.randint(1, 30)]
        elif way < 9:
            made[at:at] = bytes(random.choices(letters, k=random.randint(1, 4)))
        elif random.random() < 0.5:
            del made[at:]
        else:
            made += bytes(random.choices(letters, k=random.randint(1, 9)))
    return bytes(made)
