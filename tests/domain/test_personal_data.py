"""Which columns look personal, and which only seem to."""

from __future__ import annotations

import random

import pytest

from mesh_core.domain.personal_data import suggest

DICE = random.Random(7)
MAILS = ["ann@example.org", "bob.b@mail.example.com", "c+d@example.co.uk"]
TEXTS = ["alpha", "beta", "gamma"]


def kind_of(name, hive_type="string", values=()):
    found = suggest([(name, hive_type, list(values))])
    return found[0].kind if found else None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("first_name", "name"),
        ("LastName", "name"),
        ("Vorname", "name"),
        ("apellidos", "name"),
        ("cognome", "name"),
        ("e-mail", "email"),
        ("EMailAddress", "email"),
        ("customer_email", "email"),
        ("Correo", "email"),
        ("phone", "phone"),
        ("mobile_phone", "phone"),
        ("Telefonnummer", "phone"),
        ("street", "address"),
        ("PLZ", "address"),
        ("zip_code", "address"),
        ("Straße", "address"),
        ("dob", "birth date"),
        ("Geburtsdatum", "birth date"),
        ("age", "birth date"),
        ("gender", "gender"),
        ("SSN", "national id"),
        ("passport_number", "national id"),
        ("iban", "bank account"),
        ("credit_card", "payment card"),
        ("ip_address", "ip address"),
        ("religion", "belief or origin"),
        ("marital_status", "family"),
        ("kids_count", "family"),
        ("income", "income"),
        ("household_income", "income"),
        ("password", "secret"),
        ("diagnosis", "health"),
    ],
)
def test_a_name_in_the_dictionary_is_suggested_whatever_the_values(name, kind):
    assert kind_of(name, "string", TEXTS) == kind


@pytest.mark.parametrize(
    ("name", "hive_type", "values"),
    [
        ("order_id", "bigint", [DICE.randrange(10**9, 10**10) for _ in range(100)]),
        ("order_id", "string", [str(DICE.randrange(10**9, 10**10)) for _ in range(100)]),
        ("order_id", "string", [f"{DICE.randrange(100, 1000)}-{DICE.randrange(10**6, 10**7)}" for _ in range(100)]),
        ("sku", "string", [f"AB-{i:05d}" for i in range(100)]),
        ("basket_id", "bigint", [DICE.randrange(10**10, 10**11) for _ in range(100)]),
        ("basket_id", "string", [str(DICE.randrange(10**10, 10**11)) for _ in range(100)]),
        ("upc", "string", [str(DICE.randrange(10**11, 10**12)) for _ in range(100)]),
        ("coupon_upc", "bigint", [10000085207, 51800050050, 54200033176]),
        ("amount", "double", [1.5, 2.25, 1000.0]),
        ("amount", "string", ["1,234.50", "12,000.00", "7.99"]),
        ("household_id", "bigint", list(range(900, 1000))),
        ("product_id", "bigint", list(range(100))),
        ("store_id", "string", ["0367", "0406", "0319"]),
        ("product_name", "string", ["Milk", "Bread", "Apple"]),
        ("campaign_name", "string", TEXTS),
        ("city", "string", ["Berlin", "Paris", "Rome"]),
        ("day", "string", ["2024-01-01", "01.02.2024", "2024/01/31"]),
        ("transaction_timestamp", "string", ["2024-01-01 10:00:00", "2024-02-01 11:30:00", "2024-03-01 01:02:03"]),
        ("isbn", "string", ["978-3-16-148410-0", "0-306-40615-7", "978-1-86197-876-9"]),
        ("manufacturer", "string", ["12345-67890", "23456-78901", "34567-89012"]),
        ("size", "string", ["12-24", "24 x 30", "10-20-30"]),
        ("version", "string", ["1.2.3", "1.10.0", "2.0.1"]),
        ("email_count", "bigint", [1, 2, 3]),
        ("email_opened", "boolean", [True, False, True]),
        ("message", "string", ["mail me", "no", "a@b"]),
    ],
)
def test_business_numbers_and_product_names_are_not_called_personal(name, hive_type, values):
    assert kind_of(name, hive_type, values) is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (MAILS, "email"),
        (["+49 30 1234567", "+1 212 555 0187", "+44 20 7946 0958"], "phone"),
        (["(212) 555-0187", "212-555-0123", "415.555.2671 x12"], "phone"),
        (["030 / 1234567", "(0221) 98765-0", "01 23 45 67 89"], "phone"),
        (["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606"], "bank account"),
        (["4111 1111 1111 1111", "5500-0000-0000-0004", "3400 000000 00009"], "payment card"),
        (["10.0.0.1", "192.168.1.20", "2001:db8::1"], "ip address"),
        (["536-90-4399", "219-09-8765", "457-55-5462"], "national id"),
        (["52.5200, 13.4050", "48.8566, 2.3522", "-33.8688, 151.2093"], "location"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_values_give_a_column_away_whatever_its_name(values, kind):
    assert kind_of("column_7", "string", values) == kind


def test_bare_digits_are_a_phone_number_only_where_the_name_says_so():
    digits = ["2125550187", "4155552671", "3035550143"]
    assert kind_of("reference", "string", digits) is None
    assert suggest([("phone", "bigint", digits)])[0].by == "name and values"


@pytest.mark.parametrize(("hits", "expected"), [(59, None), (60, "email"), (100, "email")])
def test_sixty_percent_of_the_values_are_enough_and_fewer_are_not(hits, expected):
    assert kind_of("contact", "string", [MAILS[0]] * hits + ["none"] * (100 - hits)) == expected


def test_only_the_first_two_hundred_values_are_looked_at():
    assert kind_of("contact", "string", [MAILS[0]] * 200 + ["none"] * 10_000) == "email"


def test_missing_values_neither_help_nor_hinder():
    assert kind_of("contact", "string", [None, "", " ", *MAILS]) == "email"


def test_two_values_are_too_few_to_judge_by():
    assert kind_of("contact", "string", MAILS[:2]) is None


def test_a_suggestion_gives_its_reason_without_showing_a_value():
    one = suggest([("mail", "string", MAILS)])[0]
    assert one.by == "name and values"
    assert one.reason == "The name reads like it, and 100% of 3 sampled values have the form of 'email'."
    assert 0.9 < one.confidence <= 1


def test_the_suggestions_keep_the_order_of_the_columns():
    columns = [("email", "string", []), ("n", "bigint", [1]), ("iban", "string", [])]
    assert [s.column for s in suggest(columns)] == ["email", "iban"]
