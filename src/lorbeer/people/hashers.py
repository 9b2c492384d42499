"""How passwords are stored: Argon2id with what OWASP asks for at least (19 MiB, two passes, one lane).

Django's own choice (100 MiB, eight lanes) takes a quarter of a second of CPU and, where eight sign in at once, 800 MB: in the last hour
before a deadline that stops the house. How often a password can be tried is limited besides (passwords.py).
Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Hashes made with other costs are verified, and made anew with these when their owner signs in."""

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1               # passes, KiB, lanes
