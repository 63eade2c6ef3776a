"""The format of API keys, and which keys a web process knows."""

from app import key_format as keys
from app.api_keys.lookups import MAX_KEYS, NOTED_SECONDS, UsedKeys


def test_keys_are_well_formed_and_never_the_same() -> None:
    drawn = {keys.new_key() for _ in range(100)}
    assert len(drawn) == 100
    assert all(keys.is_well_formed(key) for key in drawn)


def test_every_typo_of_one_character_is_told() -> None:
    key = keys.new_key()
    for place in range(len(key)):
        for other in ("a", "B", "7", "-"):
            if key[place] != other:
                assert not keys.is_well_formed(key[:place] + other + key[place + 1 :])
    assert not keys.is_well_formed(key[:-1])
    assert not keys.is_well_formed(key + "0")


def test_a_digest_depends_on_the_key_and_on_the_pepper() -> None:
    key = keys.new_key()
    digests = {keys.digest(pepper, each) for pepper in ("salt", "pepper") for each in (key, keys.new_key())}
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {32}


def test_the_use_of_a_key_is_noted_once_a_minute() -> None:
    now = 1_000.0
    used = UsedKeys(lambda: now)
    assert b"key" not in used
    assert [used.is_to_be_noted(b"key") for _ in range(3)] == [True, False, False]
    assert b"key" in used
    now += NOTED_SECONDS
    assert used.is_to_be_noted(b"key")


def test_what_is_known_of_keys_is_bounded() -> None:
    used = UsedKeys()
    for number in range(MAX_KEYS + 1):
        used.is_to_be_noted(number.to_bytes(4, "big"))
    assert (0).to_bytes(4, "big") not in used
    assert MAX_KEYS.to_bytes(4, "big") in used
