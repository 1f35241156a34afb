from hypothesis import given
from hypothesis import strategies as st

from gateway_service.session.agreement import LocalAgreement

words = st.lists(st.sampled_from(["a", "b", "cc"]), max_size=6)


def test_what_two_hypotheses_agree_on_is_stable() -> None:
    agreement = LocalAgreement()

    first = agreement.update(["I", "see"])
    second = agreement.update(["I", "saw", "her"])
    third = agreement.update(["I", "saw", "her", "duck"])

    assert (first.text, first.stable_chars) == ("I see", 0)
    assert (second.text, second.stable_chars) == ("I saw her", len("I"))
    assert (third.text, third.stable_chars) == ("I saw her duck", len("I saw her"))


def test_a_later_hypothesis_cannot_take_back_what_is_stable() -> None:
    agreement = LocalAgreement()
    agreement.update(["good", "morning"])
    agreement.update(["good", "morning"])

    assert agreement.update(["could", "warning", "all"]).text == "good morning all"
    assert agreement.update([]).text == "good morning"


def test_scripts_without_spaces_are_joined_without() -> None:
    agreement = LocalAgreement()
    agreement.update(["今", "日"], "")

    agreed = agreement.update(["今", "日", "は"], "")

    assert (agreed.text, agreed.stable_chars) == ("今日は", 2)


@given(st.lists(words, max_size=8))
def test_the_stable_prefix_never_changes(hypotheses: list[list[str]]) -> None:
    agreement = LocalAgreement()
    stable = ""
    for hypothesis in hypotheses:
        agreed = agreement.update(hypothesis)
        assert agreed.text[: len(stable)] == stable
        assert agreed.stable_chars >= len(stable)
        stable = agreed.text[: agreed.stable_chars]
