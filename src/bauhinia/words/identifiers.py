"""The field's identifiers and codes, each with the check its standard prescribes.

One function for each kind: it takes the text as it stands and answers None when it is valid, else what is wrong in a
short sentence that does not repeat the text. Nothing is trimmed or raised to upper case first: two spellings of one
security would be two securities. Only the form is judged; whether a code has been issued, its registry knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_BIC = re.compile(r"[A-Z]{4}([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_FISN_PART = re.compile(r"[A-Z0-9.](?:[A-Z0-9. ]*[A-Z0-9.])?")
_DTI_ALPHABET = "0123456789BCDFGHJKLMNPQRSTVWXZ"  # digits and consonants without Y

# ISO 3166-1 alpha-2, the 249 officially assigned codes.
_COUNTRY_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT
JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY
MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ
OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ
TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRY_CODES.split())

# Prefixes of ISO 6166 that are no country: international securities (XS), substitute agencies (XA to XD), digital
# tokens (XT), over-the-counter derivatives (EZ), the European Union, Kosovo; AN was withdrawn, its numbers live on.
ISIN_PREFIXES = COUNTRIES | {"XS", "XA", "XB", "XC", "XD", "XT", "EZ", "EU", "XK", "AN"}

_BIC_COUNTRIES = COUNTRIES | {"XK"}  # ISO 9362 uses Kosovo's temporary code

# Registered before the check character was settled, and kept: Bitcoin's code fails the algorithm, which gives T.
_DTI_REGISTERED: Mapping[str, str] = MappingProxyType({"4H95J0R2": "X"})


def isin(value: str) -> str | None:
    """International Securities Identification Number (ISO 6166): 2 letters, 9 letters or digits, a check digit.

    The check catches every changed digit. Where letters change, or a letter and a digit change places, it can miss
    one: a letter counts as two digits, and C for K may weigh the same.
    """
    if len(value) != 12:
        return f"is {len(value)} characters long, should be 12"
    if not _ISIN.fullmatch(value):
        return "is not two capital letters, nine capital letters or digits, and a digit"
    if value[:2] not in ISIN_PREFIXES:
        return f"prefix {value[:2]} is neither a country nor one that ISO 6166 reserves"
    return _wrong("check digit", value[11:], isin_check_digit(value[:11]))


def isin_check_digit(body: str) -> str:
    """The check digit of an ISIN's first 11 characters, letters as 10 to 35 (ISO 6166, modulus 10 double-add-double).

    The body must be well formed, as for the other makers of check characters below.
    """
    digits = "".join(str(int(character, 36)) for character in body)
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::-2])
    return str(-(doubled + sum(int(digit) for digit in digits[-2::-2])) % 10)


def lei(value: str) -> str | None:
    """Legal Entity Identifier (ISO 17442): 18 letters or digits and two check digits (ISO 7064 mod 97-10).

    Catches every digit changed for a digit and letter for a letter. Check digits run from 02 to 98: of the two numbers
    of one remainder (00 and 97, 01 and 98, 02 and 99) only the one that the algorithm makes is right.
    """
    if len(value) != 20:
        return f"is {len(value)} characters long, should be 20"
    if not _LEI.fullmatch(value):
        return "is not 18 capital letters or digits and two digits"
    return _wrong("check digits", value[18:], lei_check_digits(value[:18]))


def lei_check_digits(body: str) -> str:
    """The two check digits of an LEI's first 18 characters: letters as 10 to 35, 98 less the remainder by 97."""
    digits = "".join(str(int(character, 36)) for character in body)
    return f"{98 - int(digits + '00') % 97:02}"


def dti(value: str) -> str | None:
    """Digital Token Identifier (ISO 24165-1): 8 characters, the first not 0, and a check character.

    The check catches every changed character (Bitcoin's code apart), not every swap of two neighbours.
    """
    if len(value) != 9:
        return f"is {len(value)} characters long, should be 9"
    if not all(character in _DTI_ALPHABET for character in value):
        return "is not made of digits and capital consonants without Y"
    if value[0] == "0":
        return "begins with 0"
    return _wrong("check character", value[8], dti_check_character(value[:8]))


def dti_check_character(body: str) -> str:
    """The check character of a DTI's first 8 characters: ISO 7064 hybrid system MOD 31,30, or as registered."""
    if body in _DTI_REGISTERED:
        return _DTI_REGISTERED[body]
    product = 30
    for character in body:
        product = 2 * ((product + _DTI_ALPHABET.index(character)) % 30 or 30) % 31
    return _DTI_ALPHABET[(1 - product) % 30]


def bic(value: str) -> str | None:
    """Business Identifier Code (ISO 9362): 4 letters, a country, 2 letters or digits; 3 more for a branch.

    Editions since 2014 also allow digits in the first four characters; networks still take letters only: so do we.
    """
    if len(value) not in (8, 11):
        return f"is {len(value)} characters long, should be 8 or 11"
    found = _BIC.fullmatch(value)
    if found is None:
        return "is not six capital letters and two or five capital letters or digits"
    if found[1] not in _BIC_COUNTRIES:
        return f"{found[1]} is not a country"
    return None


def fisn(value: str) -> str | None:
    """Financial Instrument Short Name (ISO 18774): issuer, at most 15 characters, a slash, description, at most 19."""
    parts = value.split("/")
    if len(parts) != 2:
        return f"has {len(parts) - 1} slashes, should be one, between issuer and description"
    for name, part, most in (("issuer", parts[0], 15), ("description", parts[1], 19)):
        if not part:
            return f"has no {name}"
        if len(part) > most:
            return f"{name} is {len(part)} characters long, at most {most}"
        if not _FISN_PART.fullmatch(part):
            return f"{name} is not capital letters, digits, full stops and blanks inside"
    return None


def cfi(value: str) -> str | None:
    """Classification of Financial Instruments (ISO 10962:2021): category, group, four attributes, one letter each.

    X, not applicable or not known, may stand for any attribute, and not for category or group (clause 4.1).
    """
    if len(value) != 6:
        return f"is {len(value)} characters long, should be 6"
    category, group, attributes = value[0], value[1], value[2:]
    if category not in _CFI:
        return f"category {category} is not one of {''.join(_CFI)}"
    if group not in _CFI[category]:
        return f"group {group} is not one of category {category}: {''.join(_CFI[category])}"
    for number, (letter, allowed) in enumerate(zip(attributes, _CFI[category][group], strict=True), 1):
        if letter != "X" and letter not in allowed:
            return f"attribute {number} is {letter}, should be one of {allowed}X for {category}{group}"
    if value.startswith(("EDS", "EDL")) and attributes[1] not in "NX":
        return f"attribute 2 is {attributes[1]}, should be N or X: what is deposited is not redeemable"
    return None


def currency(value: str) -> str | None:
    """Currency code (ISO 4217, list one); not the codes without minor units (metals, SDR, tests): no money has them."""
    return None if value in MINOR_UNITS else "is not a currency code of ISO 4217"


def _wrong(what: str, found: str, right: str) -> str | None:
    return None if found == right else f"{what} {'is' if len(found) == 1 else 'are'} {found}, should be {right}"


# ISO 4217 list one (currencies and funds, as of June 2025): codes by how many decimals the minor unit has.
_CODES_BY_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_UNITS: Mapping[str, int] = MappingProxyType(
    {code: decimals for decimals, codes in _CODES_BY_MINOR_UNITS.items() for code in codes.split()}
)

# ISO 10962:2021: category, group, the letters of each of four attributes ("" where only X may stand). Where the
# maintenance agency's list and the printed edition differ (DD and derivatives) both letters are taken: each is in use.
_FORM = "BRNM"  # bearer, registered, bearer/registered, others
_SHARE = ("VNRE", "TU", "FOP", _FORM)  # voting right, restrictions, payment status, form
_PREFERRED = ("VNRE", "RETGACN", "FCPQANU", _FORM)  # voting right, redemption, income, form
_GUARANTEE = "TGSUPNOQJC"
_REDEMPTION = "FGCDABTLPQRE"
_FUND = ("OCM", "IGJ", "RBEVLCDFKM", "SQUY")  # open or closed end, distribution, assets, security and investors
_LISTED = ("AEB", "BSDTCIOFWNM", "PCNE", "SN")  # exercise, underlying, delivery, standardised
_NONE = ("", "", "", "")
_STYLE, _VALUATION = "ABCDEFGHI", "VADBGLPM"  # of options that are not listed

_CFI: Mapping[str, Mapping[str, tuple[str, str, str, str]]] = MappingProxyType(
    {
        "E": {  # equities
            "S": _SHARE,
            "P": _PREFERRED,
            "C": _SHARE,
            "F": _PREFERRED,
            "L": _SHARE,
            "D": ("SPCFLM", "RNBD", "FCPQANUD", _FORM),
            "Y": ("ABCDEM", "DYM", "FVEM", "BSDGTCINM"),
            "M": ("", "", "", _FORM),
        },
        "C": {  # collective investment vehicles
            "I": _FUND,
            "H": ("DRSEANLM", "", "", ""),
            "B": ("OCM", "IGJ", "", "SQUY"),
            "E": ("OCM", "IGJ", "RBEVLCDFKM", "SU"),
            "S": ("OCM", "BGLM", "RBM", "SU"),
            "F": ("OCM", "IGJ", "IHBEPM", "SQUY"),
            "P": _FUND,
            "M": ("", "", "", "SQUY"),
        },
        "D": {  # debt: type of interest, guarantee or ranking, redemption, form
            "B": ("FZVCK", _GUARANTEE, _REDEMPTION, _FORM),
            "C": ("FZVK", _GUARANTEE, _REDEMPTION, _FORM),
            "W": ("FZVK", _GUARANTEE, _REDEMPTION, _FORM),
            "T": ("FZVK", _GUARANTEE, _REDEMPTION, _FORM),
            "S": ("ABCDM", "FDVYM", "FVM", "BSDTCINM"),
            "E": ("ABCDEM", "FDVYM", "RSCTM", "BSDTCINM"),
            "G": ("FZV", _GUARANTEE, _REDEMPTION, _FORM),
            "A": ("FZV", _GUARANTEE, _REDEMPTION, _FORM),
            "N": ("FZV", _GUARANTEE, _REDEMPTION, _FORM),
            "D": ("BCWTYGAQNM", "FZVC", _GUARANTEE, _REDEMPTION),
            "Y": ("FZVK", _GUARANTEE, "", _FORM),
            "M": ("BPM", "", "", _FORM),
        },
        "R": {  # entitlements
            "A": ("", "", "", _FORM),
            "S": ("SPCFBIM", "", "", _FORM),
            "P": ("SPCFBIM", "", "", _FORM),
            "W": ("BSDTCIM", "TNC", "CPB", "AEBM"),
            "F": ("BSDTCIM", "TNM", "CPM", "AEBM"),
            "D": ("ASPWM", "", "", _FORM),
            "M": _NONE,
        },
        "O": {"C": _LISTED, "P": _LISTED, "M": _NONE},  # listed options
        "F": {"F": ("BSDCIOFWNVM", "PCN", "SN", ""), "C": ("EAISNPHM", "PCN", "SN", "")},  # futures
        "S": {  # swaps
            "R": ("ACDGHZM", "CIDY", "SC", "DNCP"),
            "T": ("ABCGHIJKMNPQST", "PDVLTCM", "", "CPE"),
            "E": ("SIBM", "PDVLTCM", "", "CPE"),
            "C": ("UVIBM", "CTM", "CSL", "CPA"),
            "F": ("ACM", "", "", "PNC"),
            "M": ("PM", "", "", "CPE"),
        },
        "H": {  # options that are not listed, or complex
            "R": ("ACDEFGHORM", _STYLE, _VALUATION + "CF", "CPE"),
            "T": ("ABCFGHIJKMNOPQRSTW", _STYLE, _VALUATION, "CPE"),
            "E": ("SIBORFM", _STYLE, _VALUATION, "CPE"),
            "C": ("UVIWM", _STYLE, _VALUATION, "CPE"),
            "F": ("BCDEFMQRTUVWY", _STYLE + "JKL", _VALUATION, "CPEN"),
            "M": ("PM", _STYLE + "JKL", _VALUATION, "CPENA"),
        },
        "I": {"F": ("", "", "", "P"), "T": ("AJKNPSTM", "", "", "")},  # spot
        "J": {  # forwards
            "E": ("SIBOF", "", "CSF", "CP"),
            "F": ("FJKLNORSTUVW", "", "CSFR", "PCN"),
            "C": ("ABCDGIO", "", "CSF", "PCN"),
            "R": ("IOM", "", "CSF", "PCN"),
            "T": ("ABCGHIJKMNPST", "", "CSF", "PCN"),
        },
        "K": dict.fromkeys("RTECFYM", _NONE),  # strategies
        "L": {  # financing
            "L": ("ABJKNPSTM", "", "", "PCN"),
            "R": ("GSC", "FNOT", "", "DHT"),
            "S": ("CGPTELDWKM", "NOT", "", "DFHT"),
        },
        "T": {  # referential instruments
            "C": ("NLCM", "", "", ""),
            "T": ("EAISNPHM", "", "", ""),
            "R": ("NVFRM", "DWNQSAM", "", ""),
            "I": ("EDFRTCM", "PCEFM", "PNGM", ""),
            "B": ("EDFITCM", "", "", ""),
            "D": ("SPCFLKM", "", "", ""),
            "M": _NONE,
        },
        "M": {"C": ("SBHAWUM", "TU", "", _FORM), "M": ("RIETNPSM", "", "", "")},  # others
    }
)
