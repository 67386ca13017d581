"""Calls in words."""

import pytest

from gateway.pages.spoken import spoken

_EACH_UK = "один два три чотири п'ять шість сім вісім дев'ять нуль"
_EACH_EN = "one two three four five six seven eight nine zero"


@pytest.mark.parametrize(
    ("number", "desk", "lang", "said"),
    [
        ("А042", "3", "uk", "Талон а сорок два. Вікно три."),
        ("Щ117", "12", "uk", "Талон ща сто сімнадцять. Вікно дванадцять."),
        ("Б-1007", "2а", "uk", "Талон бе, одна тисяча сім. Вікно два а."),
        ("Ґ000", "1", "uk", "Талон ґе нуль. Вікно один."),
        ("ЩА7", "1", "uk", "Талон ща а сім. Вікно один."),
        ("Х021", "3", "en", "Ticket Kh twenty-one. Desk three."),
    ],
)
def test_a_call_is_said_in_words(number: str, desk: str, lang: str, said: str) -> None:
    """Numbers as numbers, letters by their names."""
    assert spoken(number, desk, lang) == said


@pytest.mark.parametrize(
    ("desk", "uk", "en"),
    [
        ("Вікно 12", "Вікно дванадцять", "Desk twelve"),
        ("вікно №7", "Вікно, сім", "Desk, seven"),
        ("Desk 12", "Вікно дванадцять", "Desk twelve"),
        ("Window 3", "Вікно три", "Window three"),
        ("Каса", "Каса", "Kasa"),
        ("КАСА 2", "Каса два", "Kasa two"),
        ("Рецепція", "Рецепція", "Retseptsiia"),
        ("Кабінет 3-Б", "Кабінет три, бе", "Kabinet three, B"),
        ("Об’єкт", "Об’єкт", "Obiekt"),
        ("Згурівка", "Згурівка", "Zghurivka"),
        ("2а", "Вікно два а", "Desk two A"),
        ("12Б", "Вікно дванадцять бе", "Desk twelve B"),
        ("3 (ліворуч)", "Вікно три, ліворуч", "Desk three, livoruch"),
        ("2²", "Вікно два", "Desk two"),  # a digit to the eye, but no number
        ("1234567890", "Вікно " + _EACH_UK, "Desk " + _EACH_EN),
    ],
)
def test_a_desk_is_called_by_its_name(desk: str, uk: str, en: str) -> None:
    """A word is said as one, and only a single letter by its name; «Вікно» is said once, and not of
    what is none."""
    assert spoken("А001", desk, "uk") == f"Талон а один. {uk}."
    assert spoken("А001", desk, "en") == f"Ticket A one. {en}."
