"""Signing in: tries that are counted, sessions that end, resets that work once, the first administrator."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rectify import models
from rectify.access import passwords, preferences, sign_in
from rectify.access.sentences import Refused
from rectify.models import db
from tests.conftest import PASSWORD, Cast

MINUTE = dt.timedelta(minutes=1)
HOME = "192.0.2.1"
NEW_PASSWORD = "Fluss-Bruecke-77"


def user_of(session: Session, cast: Cast, name: str) -> models.User:
    user = session.get(models.User, cast.users[name])
    assert user is not None
    return user


def fail(session: Session, name: str, at: dt.datetime, times: int = 1, address: str = HOME) -> None:
    for _time in range(times):
        assert sign_in.check(session, name, "wrong", at, address) is None


# --- the policy ---


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Ab3-defgh", "至少使用10个字符"),
        ("abcdefgh-jkl", "至少使用三类"),
        ("Password123!", "过于常见"),
        ("P@ssw0rd2024", "过于常见"),
        ("1qaz@WSX3edc", "过于常见"),
        ("Admin@123456", "过于常见"),
        ("Zhongguo@123", "过于常见"),
        ("Aa1!Aa1!Aa1!", "过于常见"),
        ("Rectify-Strasse9", "不能含有"),
        ("WangXM-Strasse9", "不能含有"),
        ("市生态环境局-Strasse9", "不能含有"),
        ("Strasse-9\x00-Haus", "控制字符"),
        ("Strasse-9" + "x" * 120, "不要超过128个字符"),
    ],
)
def test_the_preset_of_dengbao_refuses(password: str, why: str) -> None:
    with pytest.raises(sign_in.PolicyError, match=why):
        passwords.check(password, words=["wangxm", "市生态环境局"])


@pytest.mark.parametrize("password", ["Strasse-9-Haus", "x" * 30 + "Ab3-defghi" + "y" * 24, "湖边-Weg-29-ohne"])
def test_a_long_and_varied_password_is_taken(password: str) -> None:
    passwords.check(password, words=["wangxm", "市生态环境局"])

    assert passwords.verify(passwords.hash_password(password), password)


def test_the_preset_of_asvs_asks_for_length_only() -> None:
    passwords.check("correct battery staple", preset="asvs")

    with pytest.raises(sign_in.PolicyError, match="至少使用12个字符"):
        passwords.check("Kurz-9", preset="asvs")


def test_more_than_three_thousand_common_passwords_are_known() -> None:
    assert len(passwords.common()) >= 3000
    assert {"password123", "qwerty123", "woaini1314", "admin888", "zhongguo2024", "123456789"} <= passwords.common()


def test_temporary_passwords_differ_and_pass_the_policy() -> None:
    made = {passwords.temporary() for _time in range(50)}

    assert len(made) == 50
    for password in made:
        passwords.check(password)


def test_a_new_password_must_not_be_one_of_the_last_five(session: Session, cast: Cast, at: dt.datetime) -> None:
    user = user_of(session, cast, "unit_a")
    used = [f"Strasse-{number}-Haus" for number in range(6)]
    for password in used:
        sign_in.set_password(session, user, password, at)

    for password in used[1:]:
        with pytest.raises(sign_in.PolicyError, match="最近五次"):
            sign_in.set_password(session, user, password, at)
    sign_in.set_password(session, user, used[0], at)
    kept = session.scalar(select(func.count()).where(models.PastPassword.user_id == user.id))
    assert kept == passwords.REMEMBERED


def test_a_hash_made_with_old_parameters_is_renewed_at_sign_in(session: Session, cast: Cast, at: dt.datetime) -> None:
    user = user_of(session, cast, "unit_a")
    user.password_hash = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    session.flush()
    version = user.version

    assert sign_in.check(session, "unit_a", PASSWORD, at, HOME) is not None

    session.refresh(user)
    assert not passwords.needs_rehash(user.password_hash) and passwords.verify(user.password_hash, PASSWORD)
    assert user.version == version


def test_an_unknown_name_costs_a_hash_of_the_same_parameters() -> None:
    assert not passwords.needs_rehash(passwords.nobody())
    assert not passwords.verify(passwords.nobody(), "")


# --- tries ---


@pytest.mark.parametrize("typed", ["unit_a", "UNIT_A", " unit_a ", "ｕｎｉｔ＿ａ", "unit\u200b_a", "Unit _A"])
def test_all_spellings_of_a_name_are_one_name(session: Session, at: dt.datetime, typed: str) -> None:
    fail(session, typed, at, 5)

    assert sign_in.check(session, "unit_a", PASSWORD, at, HOME) is None


@pytest.mark.parametrize(
    ("failures", "after", "enters"),
    [
        (4, 0 * MINUTE, True),
        (5, 0 * MINUTE, False),
        (5, 15 * MINUTE - dt.timedelta(seconds=1), False),
        (5, 15 * MINUTE, True),
    ],
)
def test_five_failures_lock_a_name_for_fifteen_minutes(
    session: Session, at: dt.datetime, failures: int, after: dt.timedelta, enters: bool
) -> None:
    fail(session, "unit_a", at, failures)

    user = sign_in.check(session, "unit_a", PASSWORD, at + after, HOME)

    assert (user is not None) == enters


def test_the_lock_counts_from_the_fifth_failure_and_tries_meanwhile_do_not_prolong_it(
    session: Session, at: dt.datetime
) -> None:
    for minute in (0, 3, 6, 9, 12):
        fail(session, "unit_a", at + minute * MINUTE)
    fail(session, "unit_a", at + 20 * MINUTE, 3)

    assert sign_in.check(session, "unit_a", PASSWORD, at + 26 * MINUTE, HOME) is None
    assert sign_in.check(session, "unit_a", PASSWORD, at + 27 * MINUTE, HOME) is not None


def test_five_failures_spread_over_more_than_fifteen_minutes_lock_nothing(session: Session, at: dt.datetime) -> None:
    for minute in (0, 4, 8, 12, 16):
        fail(session, "unit_a", at + minute * MINUTE)

    assert sign_in.check(session, "unit_a", PASSWORD, at + 16 * MINUTE, HOME) is not None


def test_a_success_clears_the_failures_before_it(session: Session, at: dt.datetime) -> None:
    fail(session, "unit_a", at, 4)
    assert sign_in.check(session, "unit_a", PASSWORD, at, HOME) is not None
    fail(session, "unit_a", at, 4)

    assert sign_in.check(session, "unit_a", PASSWORD, at, HOME) is not None


def test_a_lock_binds_one_name_from_every_address_and_no_other_name(session: Session, at: dt.datetime) -> None:
    fail(session, "unit_a", at, 5)

    assert sign_in.check(session, "unit_a", PASSWORD, at, "198.51.100.7") is None
    assert sign_in.check(session, "unit_b", PASSWORD, at, HOME) is not None


def test_one_address_may_fail_a_hundred_times_in_fifteen_minutes(session: Session, at: dt.datetime) -> None:
    for number in range(sign_in.SOURCE_LIMIT):
        fail(session, f"nobody{number}", at)

    with pytest.raises(sign_in.TooManyTries):
        sign_in.check(session, "unit_a", PASSWORD, at, HOME)
    assert sign_in.check(session, "unit_a", PASSWORD, at, "198.51.100.7") is not None
    assert sign_in.check(session, "unit_b", PASSWORD, at + 15 * MINUTE, HOME) is not None


def test_a_disabled_account_does_not_enter(session: Session, cast: Cast, at: dt.datetime) -> None:
    user_of(session, cast, "unit_a").active = False
    session.flush()

    assert sign_in.check(session, "unit_a", PASSWORD, at, HOME) is None


def test_a_password_changed_while_the_old_one_was_compared_does_not_enter(
    session: Session, cast: Cast, at: dt.datetime
) -> None:
    tried = sign_in.count_try(session, "unit_a", at, HOME)
    sign_in.set_password(session, user_of(session, cast, "unit_a"), NEW_PASSWORD, at)

    assert sign_in.conclude(session, tried, True, PASSWORD, at, HOME) is None


def test_the_trail_tells_each_try_but_no_name_that_nobody_has(session: Session, at: dt.datetime) -> None:
    fail(session, "unit_a", at)
    fail(session, "My-Password-By-Mistake", at)
    sign_in.check(session, "unit_a", PASSWORD, at, HOME)

    entries = session.scalars(select(models.AuditEntry).order_by(models.AuditEntry.id)).all()
    assert [(e.act, e.user_name, e.ok) for e in entries] == [
        ("sign_in", "unit_a", False),
        ("sign_in", "", False),
        ("sign_in", "unit_a", True),
    ]
    assert "Mistake" not in str([e.details for e in entries])


def test_of_twelve_wrong_tries_at_once_exactly_five_are_looked_at(
    app: Flask, session: Session, at: dt.datetime
) -> None:
    looked_at: list[bool] = []
    start = threading.Barrier(12)

    def try_once() -> None:
        with app.app_context():
            start.wait()
            tried = sign_in.count_try(db.session(), "unit_a", at, HOME)
            db.session.commit()
            looked_at.append(not tried.locked)
            sign_in.conclude(db.session(), tried, passwords.verify(tried.stored, "wrong"), "wrong", at, HOME)
            db.session.commit()

    threads = [threading.Thread(target=try_once) for _thread in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(looked_at) == [False] * 7 + [True] * 5
    counted = session.execute(select(models.SignInAttempt.kind, func.count()).group_by(models.SignInAttempt.kind)).all()
    assert sorted(tuple(row) for row in counted) == [("locked", 7), ("sign_in", 5)]


# --- sessions ---


@pytest.fixture
def token(session: Session, cast: Cast, at: dt.datetime) -> str:
    made = sign_in.begin(session, user_of(session, cast, "unit_a"), at, HOME, "a browser")
    session.commit()
    return made


def test_only_the_hash_of_a_token_is_stored(session: Session, token: str) -> None:
    row = session.scalars(select(models.UserSession)).one()

    assert len(token) >= 43  # 256 bits
    assert row.token_hash == sign_in.token_hash(token) and token not in repr(vars(row))


@pytest.mark.parametrize(
    ("touched", "asked", "alive"),
    [
        ([], 30 * MINUTE - dt.timedelta(seconds=1), True),
        ([], 30 * MINUTE, False),
        ([20 * MINUTE], 49 * MINUTE, True),
        ([20 * MINUTE], 50 * MINUTE, False),
        ([n * 20 * MINUTE for n in range(1, 36)], 12 * 60 * MINUTE - dt.timedelta(seconds=1), True),
        ([n * 20 * MINUTE for n in range(1, 36)], 12 * 60 * MINUTE, False),
    ],
)
def test_a_session_ends_when_idle_and_after_twelve_hours(
    session: Session, token: str, at: dt.datetime, touched: list[dt.timedelta], asked: dt.timedelta, alive: bool
) -> None:
    for moment in touched:
        sign_in.touch(session, token, at + moment)

    assert (sign_in.session_user(session, token, at + asked) is not None) == alive


def test_the_idle_time_is_the_stored_one(session: Session, token: str, at: dt.datetime) -> None:
    preferences.save(session, preferences.Preferences(idle_minutes=10))

    assert sign_in.session_user(session, token, at + 9 * MINUTE) is not None
    assert sign_in.session_user(session, token, at + 10 * MINUTE) is None


def test_a_session_is_written_as_seen_at_most_once_a_minute(session: Session, token: str, at: dt.datetime) -> None:
    seen = []
    for seconds in (30, 59, 60, 90, 119, 120):
        sign_in.touch(session, token, at + dt.timedelta(seconds=seconds))
        session.commit()
        seen.append((session.scalars(select(models.UserSession.seen_at)).one() - at).seconds)

    assert seen == [0, 0, 60, 60, 60, 120]


def reading(app: Flask) -> Any:
    with app.app_context():
        own = Session(db.engine)
    own.connection(execution_options={"read_only": True})
    return own


def test_a_session_ended_between_reading_and_noting_stays_ended(
    app: Flask, session: Session, token: str, at: dt.datetime
) -> None:
    with reading(app) as reader:
        assert sign_in.session_user(reader, token, at + 5 * MINUTE) is not None
        sign_in.end(session, token, at + 5 * MINUTE)
        session.commit()
        sign_in.touch(reader, token, at + 5 * MINUTE)

    row = session.scalars(select(models.UserSession).execution_options(populate_existing=True)).one()
    assert row.ended_at == at + 5 * MINUTE and row.seen_at == at
    assert sign_in.session_user(session, token, at + 5 * MINUTE) is None


def test_a_note_that_cannot_be_written_breaks_no_read(
    app: Flask, session: Session, token: str, at: dt.datetime
) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.connection()  # BEGIN IMMEDIATE: another writer holds the database
    else:
        session.execute(update(models.UserSession).values(agent="held"))
    with reading(app) as reader:
        sign_in.touch(reader, token, at + 5 * MINUTE)
        assert sign_in.session_user(reader, token, at + 5 * MINUTE) is not None
    session.rollback()


def test_ending_all_sessions_but_one_leaves_that_one(session: Session, cast: Cast, at: dt.datetime) -> None:
    user = user_of(session, cast, "unit_a")
    tokens = [sign_in.begin(session, user, at, HOME, "") for _browser in range(3)]
    other = sign_in.begin(session, user_of(session, cast, "unit_b"), at, HOME, "")

    assert sign_in.end_all(session, user.id, at, but=tokens[1]) == 2

    assert [sign_in.session_user(session, t, at) is not None for t in tokens] == [False, True, False]
    assert sign_in.session_user(session, other, at) is not None


def test_the_oldest_session_ends_when_there_are_too_many(session: Session, cast: Cast, at: dt.datetime) -> None:
    preferences.save(session, preferences.Preferences(sessions_each=2))
    user = user_of(session, cast, "unit_a")
    tokens = [sign_in.begin(session, user, at + n * MINUTE, HOME, "") for n in range(3)]

    alive = [sign_in.session_user(session, t, at + 3 * MINUTE) is not None for t in tokens]

    assert alive == [False, True, True]


def change_password(session: Session, user: models.User, at: dt.datetime) -> None:
    sign_in.set_password(session, user, NEW_PASSWORD, at)


def give_temporary(session: Session, user: models.User, at: dt.datetime) -> None:
    sign_in.set_temporary_password(session, user, at)


def disable(session: Session, user: models.User, _at: dt.datetime) -> None:
    user.active = False
    session.flush()


@pytest.mark.parametrize("change", [change_password, give_temporary, disable])
def test_a_session_ends_by(
    session: Session,
    cast: Cast,
    token: str,
    at: dt.datetime,
    change: Callable[[Session, models.User, dt.datetime], None],
) -> None:
    change(session, user_of(session, cast, "unit_a"), at)

    assert sign_in.session_user(session, token, at) is None


def test_a_user_ends_none_but_his_own_sessions(session: Session, cast: Cast, token: str, at: dt.datetime) -> None:
    row = session.scalars(select(models.UserSession)).one()

    assert not sign_in.end_one(session, cast.users["unit_b"], row.id, at)
    assert sign_in.end_one(session, cast.users["unit_a"], row.id, at)
    assert sign_in.session_user(session, token, at) is None


def test_a_user_is_told_of_the_last_time_and_of_failed_tries_since(
    session: Session, cast: Cast, at: dt.datetime
) -> None:
    user = user_of(session, cast, "unit_a")
    sign_in.begin(session, user, at, "198.51.100.7", "")
    fail(session, "unit_a", at + MINUTE, 3)
    assert sign_in.check(session, "unit_a", PASSWORD, at + 2 * MINUTE, HOME) is not None
    token = sign_in.begin(session, user, at + 2 * MINUTE, HOME, "")

    told = sign_in.last_time(session, user, token)

    assert (told.at, told.address, told.failed) == (at, "198.51.100.7", 3)


def test_a_password_older_than_the_stored_days_must_be_changed(session: Session, cast: Cast, at: dt.datetime) -> None:
    user = user_of(session, cast, "unit_a")
    user.password_changed_at = at - dt.timedelta(days=90)
    assert sign_in.check(session, "unit_a", PASSWORD, at, HOME) is not None
    session.refresh(user)
    assert not user.must_change_password  # off by default

    preferences.save(session, preferences.Preferences(password_change_days=90))
    assert sign_in.check(session, "unit_a", PASSWORD, at, HOME) is not None
    session.refresh(user)
    assert user.must_change_password


# --- resets ---


def test_a_reset_works_once_and_within_thirty_minutes(session: Session, cast: Cast, at: dt.datetime) -> None:
    begun = sign_in.begin_reset(session, "unit_a", at, HOME)
    assert begun is not None
    user, token = begun

    assert sign_in.reset_user(session, token, at + 30 * MINUTE) is None
    assert sign_in.reset(session, token, NEW_PASSWORD, at + 29 * MINUTE, HOME) is user
    assert sign_in.reset(session, token, "Noch-Ein-Anderes-5", at + 29 * MINUTE, HOME) is None
    assert sign_in.check(session, "unit_a", NEW_PASSWORD, at + 30 * MINUTE, HOME) is user


def test_a_bad_password_does_not_use_up_the_reset(session: Session, at: dt.datetime) -> None:
    begun = sign_in.begin_reset(session, "unit_a@example.cn", at, HOME)
    assert begun is not None
    session.commit()

    with pytest.raises(sign_in.PolicyError):
        sign_in.reset(session, begun[1], "kurz", at, HOME)
    session.rollback()

    assert sign_in.reset(session, begun[1], NEW_PASSWORD, at, HOME) is not None


def test_a_new_reset_and_a_password_change_end_the_earlier_one(session: Session, cast: Cast, at: dt.datetime) -> None:
    first = sign_in.begin_reset(session, "unit_a", at, HOME)
    second = sign_in.begin_reset(session, "unit_a", at, HOME)
    assert first and second

    assert sign_in.reset_user(session, first[1], at) is None
    assert sign_in.reset_user(session, second[1], at) is not None
    sign_in.set_password(session, user_of(session, cast, "unit_a"), NEW_PASSWORD, at)
    assert sign_in.reset_user(session, second[1], at) is None


@pytest.mark.parametrize("name", ["nobody", "", "nobody@example.cn", "disabled", "\ud800", "x" * 500])
def test_no_reset_is_begun_for(session: Session, cast: Cast, at: dt.datetime, name: str) -> None:
    user_of(session, cast, "unit_b").active = False
    session.flush()

    assert sign_in.begin_reset(session, name, at, HOME) is None
    assert sign_in.begin_reset(session, "unit_b", at, HOME) is None


def test_a_name_is_mailed_three_resets_an_hour(session: Session, at: dt.datetime) -> None:
    begun = [sign_in.begin_reset(session, "unit_a", at, HOME) is not None for _time in range(4)]

    assert begun == [True, True, True, False]
    assert sign_in.begin_reset(session, "unit_a", at + 60 * MINUTE, HOME) is not None


def test_an_address_may_ask_for_twenty_resets_an_hour(session: Session, at: dt.datetime) -> None:
    for number in range(sign_in.RESETS_FROM_A_SOURCE):
        sign_in.begin_reset(session, f"nobody{number}", at, HOME)

    with pytest.raises(sign_in.TooManyTries):
        sign_in.begin_reset(session, "unit_a", at, HOME)


# --- the first administrator ---


def test_the_first_administrator_is_asked_for_only_while_there_is_none(
    session: Session, cast: Cast, at: dt.datetime
) -> None:
    assert sign_in.first_admin_token(session, at) is None

    user_of(session, cast, "admin").active = False
    session.flush()
    earlier = sign_in.first_admin_token(session, at)
    token = sign_in.first_admin_token(session, at)
    assert earlier and token

    assert not sign_in.first_is_open(session, earlier, at)
    assert sign_in.first_is_open(session, token, at)
    assert sign_in.use_first(session, token, at)
    assert not sign_in.use_first(session, token, at)


def test_a_token_for_the_first_administrator_is_worth_nothing_once_there_is_one(
    session: Session, cast: Cast, at: dt.datetime
) -> None:
    admin = user_of(session, cast, "admin")
    admin.active = False
    session.flush()
    token = sign_in.first_admin_token(session, at)
    assert token
    admin.active = True
    session.flush()

    assert not sign_in.first_is_open(session, token, at)
    assert not sign_in.use_first(session, token, at)


# --- stored settings ---


@pytest.mark.parametrize(
    "wanted",
    [
        preferences.Preferences(idle_minutes=31),
        preferences.Preferences(idle_minutes=4),
        preferences.Preferences(sessions_each=0),
        preferences.Preferences(password_change_days=-1),
        preferences.Preferences(password_preset="none"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(session: Session, wanted: preferences.Preferences) -> None:
    with pytest.raises(Refused):
        preferences.save(session, wanted)

    assert preferences.load(session) == preferences.Preferences()


def test_a_setting_that_was_stored_is_loaded(session: Session) -> None:
    wanted = preferences.Preferences(password_preset="asvs", idle_minutes=60, password_change_days=90)

    changed = preferences.save(session, wanted)

    assert preferences.load(session) == wanted
    assert changed == {
        "password_preset": ("dengbao", "asvs"),
        "idle_minutes": (30, 60),
        "password_change_days": (0, 90),
    }


def test_a_stored_value_that_cannot_be_read_has_its_default(session: Session) -> None:
    session.add_all(
        [
            models.StoredSetting(key="idle_minutes", value="①"),
            models.StoredSetting(key="password_preset", value="?"),
            models.StoredSetting(key="sessions_each", value="100000"),
        ]
    )
    session.flush()

    assert preferences.load(session) == preferences.Preferences()
