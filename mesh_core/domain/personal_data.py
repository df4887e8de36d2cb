"""Suggest which columns hold personal data, by their names and by a sample of their values. Decides nothing.

A suggestion is shown with its reason and applied only when a person ticks it. It is made when a column's *name* is in
the dictionary, or when at least 60 % of at most 200 sampled values have the *form* of the kind. Digits alone are
never a telephone number, a card or a national number without a name that says so: order, basket and household numbers
look just like them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

import phonenumbers
from stdnum import iban, luhn
from stdnum.us import ssn

from mesh_core.domain.schema import snake_name

MAX_SAMPLE = 200
MIN_SHARE = 0.6
# Fewer values than this say nothing about a column.
MIN_VALUES = 3

Kind = Literal[
    "name",
    "email",
    "phone",
    "address",
    "birth date",
    "gender",
    "national id",
    "bank account",
    "payment card",
    "ip address",
    "location",
    "health",
    "belief or origin",
    "family",
    "income",
    "secret",
]

# Words of column names after `snake_name`, in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish. A
# phrase hits when its words stand in the name one after the other.
_NAMES: Mapping[Kind, str] = {
    "name": (
        "first name|last name|full name|given name|family name|middle name|maiden name|surname|forename|firstname|"
        "lastname|fullname|customer name|contact name|person name|patient name|employee name|cardholder|holder name|"
        "vorname|nachname|"
        "familienname|geburtsname|prenom|nom de famille|nom complet|nombre|apellido|apellidos|nome|cognome|sobrenome|"
        "voornaam|achternaam|imie|nazwisko|username|user name|nickname"
    ),
    "email": "email|e mail|mail|email address|e mail address|correo|courriel|emailadresse|posta elettronica|poczta",
    "phone": (
        "phone|telephone|mobile|cell|cellphone|msisdn|fax|phone number|telefon|telefonnummer|handy|mobil|tel|portable|"
        "telefono|movil|celular|cellulare|telefone|telemovel|telefoon|komorka"
    ),
    "address": (
        "address|street|postcode|postal code|zip|zip code|zipcode|house number|adresse|anschrift|strasse|hausnummer|"
        "plz|"
        "postleitzahl|rue|code postal|direccion|calle|codigo postal|indirizzo|via|cap|endereco|rua|cep|adres|straat|"
        "ulica"
    ),
    "birth date": (
        "birth date|birthdate|date of birth|birthday|dob|birth year|year of birth|born|geburtsdatum|geburtstag|geboren|"
        "date de naissance|naissance|fecha de nacimiento|nacimiento|data di nascita|data de nascimento|geboortedatum|"
        "data urodzenia|age|age group|age range|alter"
    ),
    "gender": "gender|sex|geschlecht|genre|sexe|genero|sexo|sesso|geslacht|plec",
    "national id": (
        "ssn|social security|national id|national insurance|passport|passport number|id card|identity card|"
        "driving licence|"
        "driver license|license plate|tax id|tin|steuernummer|steuer id|ausweis|reisepass|personalausweis|"
        "sozialversicherungsnummer|dni|nif|nie|curp|rfc|cpf|codice fiscale|bsn|pesel|nir|aadhaar|personnummer"
    ),
    "bank account": "iban|bic|bank account|account number|routing number|sort code|kontonummer|bankverbindung|rib",
    "payment card": "credit card|card number|pan|cvv|kreditkarte|carte bancaire|tarjeta",
    "ip address": "ip|ip address|ipv4|ipv6|mac address|device id|imei|cookie id|advertising id",
    "location": "latitude|longitude|lat|lon|lng|geo|gps|coordinates",
    "health": "diagnosis|icd|blood group|disease|medication|disability|allergy|diagnose|krankheit|maladie|enfermedad",
    "belief or origin": (
        "religion|ethnicity|race|nationality|citizenship|political|union member|sexual orientation|konfession|"
        "staatsangehoerigkeit|nationalite|nacionalidad"
    ),
    "family": (
        "marital status|marital|kids|children|number of children|household comp|household composition|familienstand|"
        "etat civil|estado civil"
    ),
    "income": "income|salary|wage|income range|gehalt|einkommen|lohn|salaire|revenu|salario|ingreso|stipendio",
    "secret": "password|passwd|pwd|secret|pin|api key|token|passwort|mot de passe|contrasena",
}
# Words that turn the meaning: `email_count`, `address_type`, `mobile_app`, `product_name`.
_TURNING = """
    count total flag type status sent opened clicked campaign product item sku store shop brand category file
    table column app url page host server event error version model format currency price amount qty quantity
    batch job message template subject domain media channel device
"""
_NOT_PERSONAL = frozenset(_TURNING.split())
_TURNABLE: frozenset[Kind] = frozenset({"name", "email", "phone", "address", "ip address", "location"})

_EMAIL = re.compile(r"[^@\s,;:<>]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_BIRTH = re.compile(r"(\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})")
_COORDINATES = re.compile(r"-?\d{1,2}\.\d{3,},\s*-?\d{1,3}\.\d{3,}")
_SSN = re.compile(r"\d{3}-\d\d-\d{4}")
_DIALLED = re.compile(r"\+?[\d ()./-]{6,24}(\s*(x|ext\.?)\s*\d{1,6})?")
_AMERICAN = re.compile(r"(1[ .-])?(\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}\b")
# A leading zero and an area code set apart: 030 / 123456, (0221) 98765-0, 01 23 45 67 89.
_EUROPEAN = re.compile(r"\(?0\d{1,5}\)?[ /-]")
_REGIONS = ("DE", "GB", "FR", "IT", "NL")
_CARD = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5}")


@dataclass(frozen=True)
class Suggestion:
    """`confidence` from 0 to 1; `by` says what gave it away; `reason` is a sentence without the values themselves."""

    column: str
    kind: Kind
    confidence: float
    reason: str
    by: Literal["name", "values", "name and values"]


def suggest(columns: Sequence[tuple[str, str, Sequence[object]]]) -> list[Suggestion]:
    """At most one suggestion a column, in the order of `columns`, each `(name, Hive type, sample values)`."""
    found = (_suggest_one(name, hive_type, values) for name, hive_type, values in columns)
    return [one for one in found if one is not None]


def _suggest_one(name: str, hive_type: str, values: Sequence[object]) -> Suggestion | None:
    texts = [str(v).strip() for v in values if v is not None and str(v).strip()][:MAX_SAMPLE]
    named = _by_name(name)
    shares = _shares(texts, named) if hive_type == "string" or named else {}
    best = max(shares, key=lambda kind: shares[kind], default=None)
    if best is not None and shares[best] < MIN_SHARE:
        best = None
    if named is not None and _contradicted(named, hive_type):
        named = None
    if named is None and best is None:
        return None
    if best is None and named is not None:
        return Suggestion(name, named, 0.7, f"The name reads like '{named}'.", "name")
    assert best is not None
    share = f"{shares[best]:.0%} of {len(texts)} sampled values have the form of '{best}'"
    if named == best:
        return Suggestion(name, best, 0.95, f"The name reads like it, and {share}.", "name and values")
    return Suggestion(name, best, round(min(0.9, shares[best]), 2), f"{share[0].upper()}{share[1:]}.", "values")


def _by_name(name: str) -> Kind | None:
    words = snake_name(name, 1).strip("_").split("_")
    text = f" {' '.join(words)} "
    hits: list[tuple[int, Kind]] = [(len(phrase), kind) for phrase, kind in _PHRASES if f" {phrase} " in text]
    if not hits:
        return None
    kind = max(hits)[1]
    turned = _NOT_PERSONAL.intersection(words) and kind in _TURNABLE
    return None if turned else kind


def _contradicted(kind: Kind, hive_type: str) -> bool:
    """Whether no value of that type can be of that kind: a boolean is no address, a double no name."""
    wordy = ("name", "email", "address", "secret", "bank account")
    if kind in wordy and hive_type in ("boolean", "double", "float", "date"):
        return True
    return hive_type == "boolean" and kind not in ("health", "family", "gender")


def _shares(texts: Sequence[str], named: Kind | None) -> dict[Kind, float]:
    """The share of the values that have the form of each kind; kinds of bare digits only where the name says so."""
    if len(texts) < MIN_VALUES:
        return {}
    tests = dict(_FORMS)
    if named is not None and named in _NAMED_FORMS:
        tests[named] = _NAMED_FORMS[named]
    return {kind: sum(map(test, texts)) / len(texts) for kind, test in tests.items()}


def _is_phone(text: str) -> bool:
    """A number that is written as one: with a country code, or parted by blanks, brackets or hyphens."""
    if not _is_named_phone(text) or _BIRTH.match(text):
        return False
    if text.startswith("+"):
        return _parses_as_phone(text, None)
    if _AMERICAN.match(text):
        return _parses_as_phone(text, "US")
    return _EUROPEAN.match(text) is not None and any(_parses_as_phone(text, region) for region in _REGIONS)


def _is_named_phone(text: str) -> bool:
    return _DIALLED.fullmatch(text) is not None


def _parses_as_phone(text: str, region: str | None) -> bool:
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False


def _is_ip(text: str) -> bool:
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_card(text: str) -> bool:
    """Written in groups, and with the right check digit."""
    return _CARD.fullmatch(text) is not None and bool(luhn.is_valid(re.sub(r"[ -]", "", text)))


def _is_named_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return digits.isdigit() and 12 <= len(digits) <= 19 and bool(luhn.is_valid(digits))


def _is_iban(text: str) -> bool:
    return re.match(r"[A-Z]{2}\d\d", text) is not None and bool(iban.is_valid(text))


def _is_ssn(text: str) -> bool:
    return _SSN.fullmatch(text) is not None and bool(ssn.is_valid(text))


_PHRASES: tuple[tuple[str, Kind], ...] = tuple(
    (phrase, kind) for kind, phrases in _NAMES.items() for phrase in phrases.split("|")
)
_FORMS: Mapping[Kind, Callable[[str], bool]] = {
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "phone": _is_phone,
    "national id": _is_ssn,
    "bank account": _is_iban,
    "payment card": _is_card,
    "ip address": _is_ip,
    "location": lambda text: _COORDINATES.fullmatch(text) is not None,
}
_NAMED_FORMS: Mapping[Kind, Callable[[str], bool]] = {
    "phone": _is_named_phone,
    "payment card": _is_named_card,
    "birth date": lambda text: _BIRTH.match(text) is not None,
}
