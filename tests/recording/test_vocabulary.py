"""Words without their endings, in the language that they are in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.languages import LANGUAGES
from coachroom.recording.vocabulary import content_words, language_of, stems

SAID = {
    "en": ["I want to sleep better, and I work nights at the hospital."],
    "de": ["Ich möchte besser schlafen, denn ich arbeite nachts im Krankenhaus."],
    "es": ["Quiero dormir mejor porque trabajo de noche en el hospital."],
    "fr": ["Je voudrais mieux dormir, car je travaille la nuit à l'hôpital."],
    "it": ["Vorrei dormire meglio perché lavoro di notte in ospedale."],
    "pt": ["Eu quero dormir melhor, porque não tenho descanso à noite."],
    "nl": ["Ik wil graag beter slapen, want ik werk 's nachts in het ziekenhuis."],
    "pl": ["Chcę lepiej spać, ponieważ pracuję w nocy i jestem bardzo zmęczona."],
    "sv": ["Jag vill sova bättre eftersom jag arbetar på natten."],
    "fi": ["Haluan nukkua paremmin, koska minä olen yöt töissä, mutta en jaksa."],
    "ru": ["Я хочу лучше спать, потому что я работаю ночью в больнице."],
    "uk": ["Я хочу краще спати, тому що я працюю вночі і це мені не подобається."],  # noqa: RUF001
    "tr": ["Daha iyi uyumak istiyorum çünkü geceleri hastanede çalışıyorum ve bu çok zor."],  # noqa: RUF001
    "ja": ["私は夜に病院で働いていて、もっとよく眠りたいです。"],
    "zh": ["我在医院上夜班，我想睡得更好。"],  # noqa: RUF001
    "ko": ["저는 밤에 병원에서 일해서 잠을 더 잘 자고 싶어요."],
    "el": ["Θέλω να κοιμάμαι καλύτερα γιατί δουλεύω τη νύχτα."],  # noqa: RUF001
    "hi": ["मैं रात में अस्पताल में काम करता हूँ।"],
    "ar": ["أريد أن أنام بشكل أفضل لأنني أعمل ليلا في المستشفى."],
}
ALIKE = [
    ("en", "worries", "worry"),
    ("de", "Entscheidungen", "Entscheidung"),
    ("de", "schlafe", "schlafen"),
    ("es", "decisiones", "decisión"),
    ("fr", "décisions", "décision"),
    ("it", "decisioni", "decisione"),
    ("pt-br", "casas", "casa"),
    ("ru", "решения", "решение"),
    ("tr", "kararlar", "karar"),
]


@pytest.mark.parametrize("language", list(SAID))
def test_the_language_of_a_talk_is_told_by_its_words(language: str) -> None:
    assert language_of(SAID[language]) == language


@pytest.mark.parametrize("texts", [[], [""], ["…"], ["Xylophon"], ["42"]])
def test_where_nothing_tells_it_is_english(texts: list[str]) -> None:
    assert language_of(texts) == "en"


@pytest.mark.parametrize(("language", "one", "other"), ALIKE)
def test_endings_do_not_count(language: str, one: str, other: str) -> None:
    assert content_words(one, language) == content_words(other, language) != frozenset()
    assert stems(one, language) == stems(other, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I said that the client was asked"),
        ("de", "Ich sagte, dass er mit dem Coach sprach"),
        ("es", "Él dijo que habló con el coach"),
        ("fr", "Il a dit qu'elle était avec lui"),
        ("ru", "и это был он"),
    ],
)
def test_words_that_say_nothing_are_left_out(language: str, text: str) -> None:
    assert content_words(text, language) == frozenset()


@given(st.text(max_size=200), st.sampled_from([each.code for each in LANGUAGES]))
def test_whatever_was_said_has_words_in_any_language(text: str, language: str) -> None:
    assert content_words(text, language) <= set(stems(text, language))
    assert content_words(text, language) == content_words(text.upper().lower(), language) or text.lower() != text
    assert language_of([text]) in {each.code for each in LANGUAGES}
