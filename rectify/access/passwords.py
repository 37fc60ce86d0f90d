"""Passwords: hashing with Argon2id, the policy (presets 等保 and ASVS), common and guessable words, temporary ones.

Who signs in with them, and how often he may try, is sign_in's; nothing here touches the database.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rectify.access.sentences import Refused, _

LONGEST = 128
"""Characters. Both presets allow 64 and pasting; beyond this a hash would be work done for a stranger."""
REMEMBERED = 5
"""So many last passwords are refused (preset 等保)."""

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's parameters for Argon2id: a flood of sign-ins must not use up the memory. Tests put a cheap one here."""


class PolicyError(Refused):
    """A password that may not be used; `sentence` (Chinese) says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__("password", sentence)


# --- hashing ---


def hash_password(password: str) -> str:
    """The Argon2id hash to store, salt and parameters in it."""
    return hasher.hash(_bytes(password))


def verify(stored: str, password: str) -> bool:
    """Whether the password belongs to the hash. A hash that cannot be read fits nothing."""
    if len(password) > LONGEST:
        password = password[:LONGEST] + "…"  # the same time as any other wrong one
    try:
        return hasher.verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return hasher.check_needs_rehash(stored)


def nobody() -> str:
    """A hash that no password fits, made with today's parameters: an unknown user costs the same time."""
    return _nobody(hasher)


@lru_cache(maxsize=4)
def _nobody(maker: PasswordHasher) -> str:
    return maker.hash(secrets.token_bytes(32))


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


# --- the policy ---


def check(password: str, *, preset: str = "dengbao", words: Iterable[str] = (), earlier: Iterable[str] = ()) -> None:
    """Refuses a password that the preset does not allow.

    `preset` is "dengbao" (等保: at least 10 characters, 3 of 4 classes, the last five refused) or "asvs" (length and
    guessable words only). `words` are the user's name and his units' names; `earlier` hashes of his last passwords.
    Raises PolicyError.
    """
    if len(password) > LONGEST:
        raise PolicyError(_("密码过长，请不要超过128个字符。"))
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in password):
        raise PolicyError(_("密码中有看不见的控制字符，请重新输入。"))
    if preset == "dengbao":
        if len(password) < 10:
            raise PolicyError(_("密码太短，请至少使用10个字符。"))
        if _classes(password) < 3:
            raise PolicyError(_("密码太简单，请在大写字母、小写字母、数字、符号中至少使用三类。"))
    elif len(password) < 12:
        raise PolicyError(_("密码太短，请至少使用12个字符。"))
    if len(set(password)) < 5 or _is_common(password):
        raise PolicyError(_("这个密码过于常见，容易被猜中，请换一个。"))
    if _holds_a_word(password, words):
        raise PolicyError(_("密码中不能含有用户名、单位名或系统名，请换一个。"))
    if preset == "dengbao" and any(verify(old, password) for old in earlier):
        raise PolicyError(_("最近五次用过的密码不能再用，请换一个。"))


def temporary() -> str:
    """A random one-time password of about 70 bits, without letters that are read wrongly on paper."""
    groups = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")
    letters = [secrets.choice(group) for group in groups]
    letters += [secrets.choice("".join(groups)) for _letter in range(9)]
    secrets.SystemRandom().shuffle(letters)
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def _classes(password: str) -> int:
    """How many of the four classes occur; letters without case (汉字) count as symbols."""
    return (
        any(letter.isupper() for letter in password)
        + any(letter.islower() for letter in password)
        + any(letter.isdecimal() for letter in password)
        + any(not (letter.isupper() or letter.islower() or letter.isdecimal()) for letter in password)
    )


SYSTEM_WORDS = ("rectify", "整改台账", "整改", "台账", "zhenggai", "taizhang", "zhenggaiban")


def _holds_a_word(password: str, words: Iterable[str]) -> bool:
    folded = _folded(password)
    plain = _unleet(folded)
    for word in (*SYSTEM_WORDS, *words):
        word = _folded(word)
        # Two letters of Latin script are in half of all passwords; two 汉字 are a word.
        if len(word) >= (2 if not word.isascii() else 4) and (word in folded or word in plain):
            return True
    return False


# --- what everybody tries first: made by rules, no list of others' passwords ---


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_WORDS = _split("""
password passwd pass admin administrator root guest user test tester login welcome hello master super system manager
service server public office default changeme secret letmein iloveyou love dragon monkey football baseball sunshine
princess computer internet windows oracle mysql postgres huawei lenovo google apple samsung microsoft
woaini woaini1314 zhongguo beijing shanghai guangzhou shenzhen chongqing tianjin sichuan hubei hunan henan hebei
shandong shanxi jiangsu zhejiang fujian jiangxi anhui gansu guizhou yunnan liaoning jilin
zhengfu bangong bangongshi guanli guanliyuan yonghu mima xitong ducha xunshi huanbao shengtai fupin jiwei shijianwei
jiancha zuzhi xuanchuan weiyuanhui renmin gongzuo laoban lingdao xiexie nihao wangluo ceshi shuju
spring summer autumn winter january monday china chinese
""")
_KEYS = _split("""
a aa aaa q qq qwerty qwertyuiop asdfghjkl asdfgh zxcvbnm zxcvbn qazwsx qazwsxedc 1qaz2wsx 1qaz2wsx3edc zaq12wsx
zaq1xsw2 1q2w3e4r 1q2w3e4r5t q1w2e3r4 qwer asdf zxcv qweasd qweasdzxc qwe123 asd123
abc abcd abcdef abc123 a123456 aa123456 aaa111 abcabc
1qazxsw2 147258369 159357 963852741 741852963 1qaz xsw2 3edc 0okm 9ijn
""")
_TAILS = (
    "", "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0", "01", "007",
    "111", "000", "321", "520", "521", "666", "888", "999", "1314", "168", "6666", "8888", "5201314", "110", "119",
    "abc", "qwe", *(str(year) for year in range(1949, 2050)),
)  # fmt: skip


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """Common passwords in folded form, without symbols: words and runs of keys, each with the tails people add."""
    digits = "01234567890123456789"
    runs = {digits[start : start + length] for start in range(10) for length in range(4, 11)}
    runs |= {run[::-1] for run in runs} | {digit * length for digit in "0123456789" for length in range(4, 13)}
    letters = "abcdefghijklmnopqrstuvwxyz"
    runs |= {letters[start : start + length] for start in range(20) for length in range(4, 13)}
    pairs = {first + second for first, second in product(_KEYS, _KEYS)}
    heads = {*_WORDS, *_KEYS, *runs, *pairs}
    return frozenset(head + tail for head in heads for tail in (_TAILS if head not in pairs else ("",)))


def _is_common(password: str) -> bool:
    """Whether a password is a common one in disguise: case, symbols between, digits for letters, said twice."""
    folded = _folded(password)
    forms = {folded, _unleet(folded), _unshifted(folded)}
    forms |= {"".join(letter for letter in form if letter.isalnum()) for form in forms}
    forms |= {form[: len(form) // 2] for form in forms if form and form[: len(form) // 2] * 2 == form}
    # Digits before the word instead of behind it: 123password.
    forms |= {form.lstrip("0123456789") + form[: len(form) - len(form.lstrip("0123456789"))] for form in forms}
    return not common().isdisjoint(forms)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


_LEET = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"})
_SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")


def _unleet(folded: str) -> str:
    """p@ssw0rd123 → password123: the digits at the end stay digits."""
    head = folded.rstrip("0123456789!#%^&*()_+-=.,;:?")
    return head.translate(_LEET) + folded[len(head) :]


def _unshifted(folded: str) -> str:
    """1qaz@wsx → 1qaz2wsx: the same keys with shift held."""
    return folded.translate(_SHIFTED)
