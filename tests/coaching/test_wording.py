"""What is remembered reads as one whole sentence to the client it is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.coaching.wording import for_client


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("I have two children", "You have two children."),
        ("My boss is called Tom", "Your boss is called Tom."),
        ("I'm a nurse and I was born in Rome", "You're a nurse and you were born in Rome."),
        ("when I am tired my brother calls me", "When you are tired your brother calls you."),
        ("The client wants to speak up in meetings.", "You want to speak up in meetings."),
        ("The client has a dog and is fond of their work", "You have a dog and is fond of your work."),
        ("The user often tries to finish early", "You often try to finish early."),
        ("The client's sister lives in Rome", "Your sister lives in Rome."),
        ("They will ask Tom for feedback.", "You will ask Tom for feedback."),
        ("Their boss Tom talks a lot!", "Your boss Tom talks a lot!"),
        ("Has a dog", "You have a dog."),
        ("Watches birds", "Watches birds."),
        (
            'The client wanted this: "I want to talk. My goal is clear".',
            'You wanted this: "I want to talk. My goal is clear".',
        ),
        ("They will do this: \u201cI ask Tom.\u201d", "You will do this: \u201cI ask Tom.\u201d"),
        ("You sleep badly", "You sleep badly."),
        ("Ich habe zwei Kinder", "Ich habe zwei Kinder."),
        ("Me gusta correr", "Me gusta correr."),
        ("\u5979\u6709\u4e24\u4e2a\u5b69\u5b50\u3002", "\u5979\u6709\u4e24\u4e2a\u5b69\u5b50\u3002"),
        ("The client passes exams and misses the sea", "You pass exams and misses the sea."),
        ("Marathon next May", "Marathon next May."),
        ("", ""),
    ],
)
def test_it_is_put_to_the_client(kept: str, read: str) -> None:
    assert for_client(kept) == read


QUOTABLE = st.text(alphabet=st.characters(categories=("L", "N")), min_size=1, max_size=40)


@given(st.text(max_size=80), QUOTABLE)
def test_nothing_breaks_it_and_a_quote_stays(before: str, quote: str) -> None:
    assert isinstance(for_client(before), str)
    assert f'"{quote}"' in for_client(f'They said "{quote}" and I left')
