"""The languages that ElevenLabs' agents speak, by code and by name. Pure."""

from __future__ import annotations

from dataclasses import dataclass

ENGLISH = "en"


@dataclass(frozen=True)
class Language:
    """`name` is what its speakers call it, `english` what English calls it."""

    code: str
    name: str
    english: str


LANGUAGES = (
    Language("ar", "العربية", "Arabic"),
    Language("bg", "Български", "Bulgarian"),
    Language("cs", "Čeština", "Czech"),
    Language("da", "Dansk", "Danish"),
    Language("de", "Deutsch", "German"),
    Language("el", "Ελληνικά", "Greek"),
    Language("en", "English", "English"),
    Language("es", "Español", "Spanish"),
    Language("fi", "Suomi", "Finnish"),
    Language("fil", "Filipino", "Filipino"),
    Language("fr", "Français", "French"),
    Language("hi", "हिन्दी", "Hindi"),
    Language("hr", "Hrvatski", "Croatian"),
    Language("hu", "Magyar", "Hungarian"),
    Language("id", "Bahasa Indonesia", "Indonesian"),
    Language("it", "Italiano", "Italian"),
    Language("ja", "日本語", "Japanese"),
    Language("ko", "한국어", "Korean"),
    Language("ms", "Bahasa Melayu", "Malay"),
    Language("nl", "Nederlands", "Dutch"),
    Language("no", "Norsk", "Norwegian"),
    Language("pl", "Polski", "Polish"),
    Language("pt", "Português", "Portuguese"),
    Language("pt-br", "Português do Brasil", "Brazilian Portuguese"),
    Language("ro", "Română", "Romanian"),
    Language("ru", "Русский", "Russian"),
    Language("sk", "Slovenčina", "Slovak"),
    Language("sv", "Svenska", "Swedish"),
    Language("ta", "தமிழ்", "Tamil"),
    Language("tr", "Türkçe", "Turkish"),
    Language("uk", "Українська", "Ukrainian"),
    Language("vi", "Tiếng Việt", "Vietnamese"),
    Language("zh", "中文", "Chinese"),
)
_BY_WORD = {word.casefold(): each for each in LANGUAGES for word in (each.code, each.name, each.english)}


def language_called(text: str | None) -> Language | None:
    """The language that somebody names by its code or by one of its names."""
    return _BY_WORD.get((text or "").strip().casefold())


def language_name(code: str) -> str:
    """What its speakers call the language; the code where it is not known."""
    known = language_called(code)
    return code if known is None else known.name
